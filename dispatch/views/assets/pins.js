/* Moves pins that would hide each other apart, with a thin line back to where each belongs.
   Several visits in one town hall would otherwise be one pin. Greedy: each pin in turn takes
   the nearest free spot around its place; what was placed stays. Order is that of the rounds. */
function dispatchPins(map) {
  "use strict";
  var GAP = 1, STEP = 6, FARTHEST = 150, MANY = 40, USUAL = 16;
  /* Larger letters make larger pins, which are moved farther. */
  var scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL;

  function free(box, taken) {
    for (var i = 0; i < taken.length; i++) {
      var other = taken[i];
      if (box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]) {
        return false;
      }
    }
    return true;
  }

  function boxAt(x, y, width, height) {
    return [x - width / 2 - GAP, y - height / 2 - GAP, x + width / 2 + GAP, y + height / 2 + GAP];
  }

  function place(point, width, height, taken) {
    for (var radius = 0; radius <= FARTHEST * scale; radius += STEP) {
      var spots = radius ? Math.max(8, Math.round(radius / 3)) : 1;
      for (var k = 0; k < spots; k++) {
        var angle = -Math.PI / 2 + 2 * Math.PI * k / spots;
        var x = radius * Math.cos(angle), y = radius * Math.sin(angle);
        var box = boxAt(point.x + x, point.y + y, width, height);
        if (free(box, taken)) {
          taken.push(box);
          return [x, y];
        }
      }
    }
    return [0, 0];
  }

  function arrange() {
    var pins = [], taken = [];
    map.eachLayer(function (layer) {
      var icon = layer instanceof L.Marker ? layer.getElement() : null;
      if (!icon || !icon.classList.contains("pin")) { return; }
      pins.push([icon, map.latLngToLayerPoint(layer.getLatLng()), layer]);
    });
    map.getContainer().classList.toggle("crowded", pins.length > MANY);
    /* The centre stays where it is: everything starts there. */
    pins.sort(function (a, b) {
      return b[0].classList.contains("home") - a[0].classList.contains("home");
    });
    pins.forEach(function (pin) {
      pin.head = pin[0].querySelector(".pin-head");
      pin.move = place(pin[1], pin.head.offsetWidth, pin.head.offsetHeight, taken);
    });
    pins.forEach(function (pin) {
      var x = pin.move[0], y = pin.move[1], far = Math.hypot(x, y), point = pin[1];
      var leader = pin[0].querySelector(".pin-leader"), foot = pin[0].querySelector(".pin-foot");
      pin.head.style.transform = "translate(-50%,-50%) translate(" + x + "px," + y + "px)";
      leader.style.width = far + "px";
      leader.style.transform = "rotate(" + Math.atan2(y, x) + "rad)";
      leader.hidden = far < STEP;
      /* Where another pin covers the place, a dot would blot its number. */
      foot.hidden = !free([point.x - 3, point.y - 3, point.x + 3, point.y + 3], taken);
      /* Lines run under pins. */
      pin[2].setZIndexOffset(-Math.round(far) * 20);
    });
  }

  var waiting = 0;
  function soon() {
    if (!waiting) {
      waiting = window.requestAnimationFrame(function () { waiting = 0; arrange(); });
    }
  }
  map.on("zoomend viewreset resize layeradd layerremove", soon);
  map.dispatchArrange = arrange;
  arrange();
}
