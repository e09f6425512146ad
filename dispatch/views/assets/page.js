/* What the page adds to the map: the legend shows and hides rounds, a stop of the table opens its
   pin, and paper gets the whole map. Without script the tables still say everything. */
function dispatchPage(map, layers, closeWord) {
  "use strict";
  var extent = map.getBounds();
  var boxes = document.querySelectorAll("input[data-layer]");
  var buttons = document.querySelectorAll("button[data-only]");

  function show(index, visible) {
    if (visible) { map.addLayer(layers[index]); } else { map.removeLayer(layers[index]); }
    boxes.forEach(function (box) {
      if (Number(box.dataset.layer) === index) { box.checked = visible; }
    });
  }

  function press(pressed) {
    buttons.forEach(function (button) {
      button.setAttribute("aria-pressed", String(button === pressed));
    });
  }

  boxes.forEach(function (box) {
    box.checked = true;  /* Browsers remember; the map does not. */
    box.addEventListener("change", function () {
      press(null);
      show(Number(box.dataset.layer), box.checked);
    });
  });
  buttons.forEach(function (button) {
    button.addEventListener("click", function () {
      var alone = button.getAttribute("aria-pressed") !== "true";
      press(alone ? button : null);
      layers.forEach(function (layer, index) {
        show(index, !alone || index === Number(button.dataset.only));
      });
      var box = alone ? layers[Number(button.dataset.only)].getBounds() : extent;
      map.fitBounds(box, {padding: alone ? [36, 36] : [0, 0], maxZoom: 16});
    });
  });

  /* Pins by the code that they show; codes are letters and digits of ours. */
  var pins = {};
  layers.forEach(function (group, index) {
    group.eachLayer(function (layer) {
      var icon = layer instanceof L.Marker && layer.getElement();
      var label = icon && icon.querySelector("[aria-hidden]");
      if (label) { pins[label.textContent] = [layer, index]; }
    });
  });
  document.querySelectorAll("a[data-pin]").forEach(function (link) {
    link.addEventListener("click", function (event) {
      var pin = pins[link.dataset.pin];
      if (!pin) { return; }
      event.preventDefault();
      show(pin[1], true);
      document.querySelector(".map-box").scrollIntoView({block: "nearest"});
      pin[0].openPopup();
      pin[0].getElement().focus({preventScroll: true});
    });
  });
  map.on("popupopen", function (event) {
    var close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) { close.setAttribute("aria-label", closeWord); close.title = closeWord; }
  });

  /* Leaflet hears Escape only while the map itself, not a pin, has the focus. */
  map.getContainer().addEventListener("keydown", function (event) {
    if (event.key === "Escape") { map.closePopup(); }
  });

  /* The wheel scrolls the page until the map is clicked or focused. */
  map.scrollWheelZoom.disable();
  map.on("focus click", function () { map.scrollWheelZoom.enable(); });
  map.on("blur", function () { map.scrollWheelZoom.disable(); });

  function fit() {
    map.invalidateSize({animate: false});
    map.fitBounds(extent, {animate: false});
    map.dispatchArrange();
  }
  var view = null;
  function toPaper() {
    if (view) { return; }
    view = [map.getCenter(), map.getZoom()];
    map.closePopup();
    fit();
  }
  function toScreen() {
    if (!view) { return; }
    map.invalidateSize({animate: false});
    map.setView(view[0], view[1], {animate: false});
    view = null;
  }
  var paper = window.matchMedia("print");
  paper.addEventListener("change", function (event) { if (event.matches) { toPaper(); } else { toScreen(); } });
  window.addEventListener("afterprint", toScreen);
}
