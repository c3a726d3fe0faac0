// The head: the search box with its answers, and menus that close by themselves.
const head = document.querySelector(".head");
const box = document.getElementById("search");
const answers = document.getElementById("search-results");

function openSearch() {
  head?.classList.add("is-searching");
  box?.focus();
  box?.select();
}

function closeSearch() {
  head?.classList.remove("is-searching");
  if (answers) answers.replaceChildren();
}

document.addEventListener("pingji:search", openSearch);
document.querySelector("[data-open-search]")?.addEventListener("click", openSearch);

box?.form.addEventListener("keydown", (event) => {
  const links = [...answers.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "Escape") {
    closeSearch();
    box.blur();
  } else if (event.key === "ArrowDown" && links.length) {
    event.preventDefault();
    links[Math.min(at + 1, links.length - 1)].focus();
  } else if (event.key === "ArrowUp" && at >= 0) {
    event.preventDefault();
    (links[at - 1] ?? box).focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (box && !box.form.contains(event.target) && !event.target.closest("[data-open-search]")) {
    closeSearch();
  }
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// The tab says what the page asks.
const title = document.querySelector("main h1");
if (head && title) document.title = `${title.textContent.trim()} · ${document.title}`;
