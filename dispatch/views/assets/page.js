/* What the page adds to the map: rounds hidden, shown or looked at alone; a stop of the table, of
   the panel or of the search opens its pin; paper gets the whole map. */
function dispatchPage(map, layers, words) {
  "use strict";
  var USUAL = 16;  /* The font size (pixels) that widths of lines are meant for. */
  var alone = null;
  var boxes = document.querySelectorAll("input[data-layer]");
  var buttons = document.querySelectorAll("button[data-only]");
  var everyone = document.querySelector("[data-everyone]");

  /* All that the day shows; the map's own bounds depend on the window it was opened in. */
  var extent = layers.reduce(function (bounds, layer) {
    return bounds.extend(layer.getBounds());
  }, L.latLngBounds([]));
  map.eachLayer(function (layer) {
    if (layer instanceof L.Marker && layer.getPopup()) { extent.extend(layer.getLatLng()); }
  });
  function look() {
    var box = alone === null ? extent : layers[alone].getBounds();
    map.fitBounds(box, {padding: [36, 36], maxZoom: 16, animate: false});
  }

  function each(nodes, does) { Array.prototype.forEach.call(nodes, does); }

  function show(index, visible) {
    if (visible) { map.addLayer(layers[index]); } else { map.removeLayer(layers[index]); }
    each(boxes, function (box) {
      if (Number(box.dataset.layer) === index) { box.checked = visible; }
    });
  }

  function address(hash) {
    /* A page inside another may not change its address. */
    try { window.history.replaceState(null, "", hash || "#"); } catch (refused) { return; }
  }

  /* index: the one round to look at, on the map, in the tables and on paper; null: all. */
  function isolate(index) {
    if (index === null && alone === null) { return; }
    alone = index;
    layers.forEach(function (layer, each) { show(each, index === null || each === index); });
    each(buttons, function (button) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.only) === index));
    });
    each(document.querySelectorAll("[data-of]"), function (part) {
      part.hidden = index !== null && Number(part.dataset.of) !== index;
    });
    each(document.querySelectorAll("[data-strip]"), function (part) {
      part.hidden = index !== null && Number(part.dataset.strip) !== index;
    });
    everyone.hidden = index === null;
    var letter = index === null ? "" : buttons[index].querySelector(".badge").textContent;
    address(letter && "#" + letter);
    look();
  }

  each(boxes, function (box) {
    box.checked = true;  /* Browsers remember; the map does not. */
    box.addEventListener("change", function () {
      each(buttons, function (button) { button.setAttribute("aria-pressed", "false"); });
      show(Number(box.dataset.layer), box.checked);
    });
  });
  each(buttons, function (button) {
    button.addEventListener("click", function () {
      var index = Number(button.dataset.only);
      isolate(index === alone ? null : index);
    });
  });
  everyone.addEventListener("click", function () {
    var back = buttons[alone];
    isolate(null);
    if (back) { back.focus(); }
  });

  /* Pins by the code that they show; codes are letters, digits and "!" of ours. */
  var pins = {};
  layers.forEach(function (group, index) {
    group.eachLayer(function (layer) {
      var icon = layer instanceof L.Marker && layer.getElement();
      var label = icon && icon.querySelector("[aria-hidden]");
      if (label) { pins[label.textContent] = [layer, index]; }
    });
  });
  function open(code) {
    var pin = pins[code];
    if (!pin) { return false; }
    if (alone !== null && alone !== pin[1]) { isolate(null); }
    show(pin[1], true);
    document.querySelector(".map-box").scrollIntoView({block: "nearest"});
    pin[0].openPopup();
    pin[0].getElement().focus({preventScroll: true});
    each(document.querySelectorAll("tr[data-code]"), function (row) {
      row.classList.toggle("sought", row.dataset.code === code);
    });
    return true;
  }
  each(document.querySelectorAll("a[data-pin]"), function (link) {
    link.addEventListener("click", function (event) {
      if (open(link.dataset.pin)) { event.preventDefault(); }
    });
  });
  map.on("popupopen", function (event) {
    var close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) { close.setAttribute("aria-label", words.close); close.title = words.close; }
  });

  /* Leaflet hears Escape only while the map itself, not a pin, has the focus. */
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    if (document.querySelector(".leaflet-popup")) { map.closePopup(); } else { isolate(null); }
  });

  /* The wheel scrolls the page until the map is clicked or focused. */
  map.scrollWheelZoom.disable();
  map.on("focus click", function () { map.scrollWheelZoom.enable(); });
  map.on("blur", function () { map.scrollWheelZoom.disable(); });

  /* Less motion, where it is asked for: views change at once. */
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
    map._zoomAnimated = false;
    map.options.inertia = false;
    map.panBy = function (offset, options) {
      return L.Map.prototype.panBy.call(map, offset, Object.assign({}, options, {animate: false}));
    };
  }

  /* On a wall letters are larger, by the styles; lines and what opens on a pin follow. */
  var scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL;
  if (scale > 1.05) {
    layers.forEach(function (group) {
      group.eachLayer(function (layer) {
        if (layer instanceof L.Marker) {
          var popup = layer.getPopup();
          popup.options.maxWidth *= scale;
          popup.options.minWidth *= scale;
        } else {
          layer.setStyle({
            weight: layer.options.weight * scale,
            dashArray: layer.options.dashArray && layer.options.dashArray.split(" ").map(
              function (length) { return length * scale; }).join(" ")
          });
        }
      });
    });
  }

  function fit() {
    map.invalidateSize({animate: false});
    look();
    map.dispatchArrange();
  }
  var view = null, before = null, after = null;
  function toPaper() {
    if (view) { return; }
    view = [map.getCenter(), map.getZoom()];
    map.closePopup();
    if (before) { before(); }
    fit();
  }
  function toScreen() {
    if (!view) { return; }
    map.invalidateSize({animate: false});
    map.setView(view[0], view[1], {animate: false});
    view = null;
    if (after) { after(); }
  }
  var paper = window.matchMedia("print");
  paper.addEventListener("change", function (event) {
    if (event.matches) { toPaper(); } else { toScreen(); }
  });
  window.addEventListener("afterprint", toScreen);
  each(document.querySelectorAll("[data-print]"), function (button) {
    button.addEventListener("click", function () { window.print(); });
  });

  return {
    isolate: isolate,
    open: open,
    pins: pins,
    scale: scale,
    onPaper: function (first, last) { before = first; after = last; }
  };
}
