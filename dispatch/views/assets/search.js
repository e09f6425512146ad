/* Finds a visit by any words of its row: id, address, commune, text, skill, technician, reason.
   Accents and capitals do not matter; every word must be there. */
function dispatchSearch(page, words) {
  "use strict";
  var SHOWN = 8;
  var form = document.querySelector("form[role=search]");
  var input = form.querySelector("input"), list = form.querySelector("ul");
  var told = form.querySelector("[role=status]");

  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  var visits = [];
  document.querySelectorAll("tr[data-code]").forEach(function (row) {
    var caption = row.closest("table").querySelector("caption bdi");
    function part(name) {
      var found = row.querySelector(name);
      return found ? found.textContent : "";
    }
    visits.push({
      code: row.dataset.code,
      css: row.closest("table").className,
      time: part(".time b"),
      place: part(".main"),
      text: part(".text"),
      /* Cells are parted, so that no word runs into the next. */
      hay: plain([row.dataset.code, caption ? caption.textContent : ""].concat(
        Array.from(row.cells, function (cell) {
          return Array.from(cell.querySelectorAll("bdi, b, .reason"), function (piece) {
            return piece.textContent;
          }).join(" ");
        })).join(" "))
    });
  });

  function line(visit) {
    var item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.className = "hit " + visit.css;
    [["span", "badge", visit.code], ["b", "at", visit.time], ["bdi", "main", visit.place],
      ["small", "", visit.text]].forEach(function (part) {
      if (!part[2]) { return; }
      var piece = document.createElement(part[0]);
      piece.className = part[1];
      piece.textContent = part[2];
      button.append(piece, " ");
    });
    button.addEventListener("click", function () { page.open(visit.code); });
    item.append(button);
    return item;
  }

  function find() {
    var asked = plain(input.value).split(/\s+/).filter(Boolean);
    var found = !asked.length ? [] : visits.filter(function (visit) {
      return asked.every(function (word) { return visit.hay.includes(word); });
    });
    list.replaceChildren.apply(list, found.slice(0, SHOWN).map(line));
    if (found.length > SHOWN) {
      var more = document.createElement("li");
      more.className = "more";
      more.textContent = words.found_more.replace("{n}", found.length - SHOWN);
      list.append(more);
    }
    told.textContent = !asked.length ? "" : !found.length ? words.found_none :
      found.length === 1 ? words.found_one : words.found_many.replace("{n}", found.length);
  }

  input.addEventListener("input", find);
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var first = list.querySelector("button");
    if (first) { first.click(); }
  });
  /* Arrows go through what was found; Escape clears it. */
  form.addEventListener("keydown", function (event) {
    var stops = [input].concat(Array.from(list.querySelectorAll("button")));
    var at = stops.indexOf(document.activeElement);
    var step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && at >= 0) {
      event.preventDefault();
      stops[Math.max(0, Math.min(stops.length - 1, at + step))].focus();
    } else if (event.key === "Escape" && input.value) {
      event.preventDefault();
      event.stopPropagation();
      input.value = "";
      find();
      input.focus();
    }
  });
}
