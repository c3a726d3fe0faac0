// Rows chosen for one answer to many: all of the page at once, or one by Space on the row.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-choose-all]")) return;
  for (const box of event.target.form.querySelectorAll("tbody input[type='checkbox']")) {
    box.checked = event.target.checked;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches("tr[data-href] a")) return;
  const box = event.target.closest("tr").querySelector("input[type='checkbox']");
  if (!box) return;
  event.preventDefault();
  box.checked = !box.checked;
});
