// On the page that says the database is away: ask every five seconds, and come back when it answers.
setInterval(async () => {
  try {
    const answer = await fetch(window.location.href, { method: "HEAD", cache: "no-store" });
    if (answer.status !== 503) window.location.reload();
  } catch {
    // The server itself is away as well; ask again.
  }
}, 5000);
