"use strict";
(() => {
  const root = document.documentElement;
  const dark = () =>
    (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  document.getElementById("theme").addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
  });

  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      const text = button.nextElementSibling.textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "copied";
      } catch {
        getSelection().selectAllChildren(button.nextElementSibling);
        button.textContent = "selected";
      }
      setTimeout(() => (button.textContent = "copy"), 1500);
    });
  }

  const tests = [...document.querySelectorAll(".test")];
  if (!tests.length) return;
  const area = document.getElementById("area");
  const search = document.getElementById("search");
  const chips = [...document.querySelectorAll(".chip")];
  let outcome = "";

  const apply = () => {
    const words = search.value.trim().toLowerCase();
    let shown = 0;
    for (const group of document.querySelectorAll(".area")) {
      let here = 0;
      for (const test of group.querySelectorAll(".test")) {
        const fits =
          (!outcome || test.dataset.outcome === outcome) &&
          (!area.value || group.dataset.area === area.value) &&
          (!words || (test.id + " " + test.querySelector("summary").textContent).toLowerCase().includes(words));
        test.hidden = !fits;
        here += fits;
      }
      group.hidden = !here;
      shown += here;
    }
    document.getElementById("shown").textContent = shown === tests.length ? "" : `${shown} of ${tests.length} shown`;
    document.getElementById("none").hidden = shown > 0;
  };
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      outcome = chip.dataset.outcome;
      for (const other of chips) other.classList.toggle("on", other === chip);
      apply();
    });
  }
  area.addEventListener("change", apply);
  search.addEventListener("input", apply);

  const reveal = () => {
    const test = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!test || !test.classList.contains("test")) return;
    chips[0].click();
    area.value = search.value = "";
    apply();
    test.open = true;
    test.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
