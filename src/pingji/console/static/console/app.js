// Starts what every page needs; charts and the map are loaded only by a page that shows one.
import "./live.js";
import "./clock.js";
import "./keys.js";
import "./forms.js";
import "./head.js";
import "./notice.js";
import "./labels.js";
import "./tour.js";

function loadPictures(root) {
  if (root.querySelector("[data-chart]")) {
    import("./charts.js").then((charts) => charts.drawAll(root));
  }
  if (root.querySelector("[data-map]")) {
    const picture = root.querySelector("[data-picture]") ? import("./picture.js") : null;
    Promise.all([picture, import("./map.js")]).then(([whole, map]) => {
      whole?.connectAll(root);
      map.drawAll(root);
    });
  }
  for (const bar of root.querySelectorAll("[data-share]")) {
    const share = Math.min(1, Math.max(0, Number(bar.dataset.share) || 0));
    if (bar.firstElementChild) bar.firstElementChild.style.width = `${share * 100}%`;
  }
}

// Tabs that do not fit: show where the reader is, and that there is more.
function settleTabs(bar) {
  const here = bar.querySelector("[aria-current]");
  if (here) bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
  const cut = () => bar.classList.toggle("is-cut", bar.scrollWidth - bar.clientWidth - bar.scrollLeft > 4);
  bar.addEventListener("scroll", cut, { passive: true });
  window.addEventListener("resize", cut);
  cut();
}

document.querySelectorAll(".sections, .tabs").forEach(settleTabs);
loadPictures(document);
document.body.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) loadPictures(event.detail.elt.parentNode ?? document);
});

// A screen that nobody touches takes up a new day, and a new version of the program; not while the
// server is away, which would leave it with the browser's own page and nobody to mend that.
const seconds = Number(document.body.dataset.reload);
async function reload() {
  try {
    const answer = await fetch(window.location.href, { method: "HEAD", cache: "no-store" });
    if (answer.ok) return window.location.reload();
  } catch {
    // away: ask again
  }
  return setTimeout(reload, 30000);
}
if (seconds) setTimeout(reload, seconds * 1000);
