/* Plays the day as planned: vans move along their rounds, stops become done, under way, to come.
   A stop tells its state by its shape and a word, not by colour alone. Who asks for less motion
   gets steps of a quarter of an hour instead of a film; nothing ever moves unasked. */
function dispatchPlayer(map, layers, rounds, words, date, page) {
  "use strict";
  var STEP_S = 900, STEP_MS = 1500, TELL_MS = 8000, FOLLOW_MS = 15000, FADED = 0.3;
  var box = document.querySelector("[data-player]");
  if (!box || !rounds.length) { return {follow: none, toPaper: none, toScreen: none}; }
  var clock = box.querySelector(".clock"), slider = box.querySelector("input");
  var tally = box.querySelector(".tally"), told = box.querySelector("[role=status]");
  var play = box.querySelector("[data-play]"), speed = box.querySelector("select");
  var nowButton = box.querySelector("[data-now]"), wholeButton = box.querySelector("[data-whole]");
  var calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  var first = Number(slider.min), last = Number(slider.max), time = null;
  var motion = dispatchMotion(map, words);
  var frame = 0, timer = 0, follower = 0, ticked = 0, toldAt = 0, kept = null;

  function none() { return undefined; }
  function vanOf(round) {
    /* Letters only; the drawing is ours. */
    var van = document.createElement("span");
    van.className = "van-body";
    van.innerHTML = '<svg viewBox="0 0 40 24" aria-hidden="true"><path class="hull" d="M2 3h23v4h7' +
      'l6 6v7H2z"/><path class="pane" d="M27 9h4l4 4h-8z"/><circle cx="11" cy="20" r="3.5"/>' +
      '<circle cx="30" cy="20" r="3.5"/><text x="13" y="15.5"></text></svg>';
    van.querySelector("text").textContent = round.letter;
    return van;
  }

  var rows = {};
  document.querySelectorAll("tr[data-code]").forEach(function (row) {
    rows[row.dataset.code] = row;
  });
  rounds.forEach(function (round, index) {
    var lines = layers[index].getLayers().filter(function (one) { return one instanceof L.Polyline; });
    round.layer = layers[index];
    round.line = lines[lines.length - 1];
    round.points = round.line ? round.line.getLatLngs() : [];
    round.status = document.querySelector("[data-status='" + index + "']");
    round.states = round.stops.map(function () { return ""; });
    if (!round.line) { return; }
    round.trail = L.polyline([], Object.assign({}, round.line.options, {interactive: false}));
    round.body = vanOf(round);
    round.van = L.marker(round.points[0], {
      icon: L.divIcon({html: round.body, className: "van " + round.css, iconSize: [0, 0]}),
      keyboard: false, zIndexOffset: 20000
    });
    round.van.on("click", function () { page.isolate(index); });
  });
  /* A layer that comes back to the map has its pins drawn anew. */
  map.on("layeradd", function (event) {
    if (event.layer.dispatchState) { paint(event.layer); }
  });

  function paint(pin) {
    var icon = pin.getElement(), state = pin.dispatchState;
    if (!icon) { return; }
    ["done", "now", "next"].forEach(function (one) {
      icon.classList.toggle("is-" + one, one === state);
    });
    var name = icon.querySelector(".state-word");
    if (!name) {
      name = document.createElement("span");
      name.className = "state-word";
      icon.querySelector(".unseen").append(name);
    }
    name.textContent = state ? ", " + words["state_" + state] : "";
  }

  function setState(round, number, state) {
    if (round.states[number] === state) { return; }
    round.states[number] = state;
    var code = round.stops[number][0], pin = page.pins[code], row = rows[code];
    if (pin) {
      pin[0].dispatchState = state;
      paint(pin[0]);
    }
    if (row) {
      var word = row.querySelector(".state");
      if (!word) {
        word = document.createElement("small");
        word.className = "state";
        row.cells[0].append(word);
      }
      word.textContent = state ? words["state_" + state] : "";
      row.dataset.state = state;
    }
  }

  function draw() {
    var count = {done: 0, now: 0, next: 0};
    rounds.forEach(function (round) {
      round.stops.forEach(function (stop, number) {
        var state = motion.state(stop, time);
        count[state] += 1;
        setState(round, number, state);
      });
      var does = motion.doing(round, time);
      if (round.status.textContent !== does.words) { round.status.textContent = does.words; }
      if (!round.van) { return; }
      var points = motion.driven(round, motion.covered(round, time));
      round.trail.setLatLngs(points);
      round.van.setLatLng(points[points.length - 1]);
      round.body.classList.toggle("stands", Boolean(does.stands));
      round.body.classList.toggle("parked", Boolean(does.parked));
    });
    clock.textContent = motion.hour(time);
    tally.textContent = motion.fill(words.tally, count);
    slider.value = time;
    slider.setAttribute("aria-valuetext", motion.hour(time) + ", " + tally.textContent);
    var x = 100 * (time - first) / (last - first) + "%";
    document.querySelectorAll(".cursor").forEach(function (line) {
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    });
  }

  /* The day at a time: vans appear, and the whole of each round fades behind what is driven. */
  function seek(t) {
    if (time === null) {
      box.classList.add("on");
      document.body.classList.add("playing");
      wholeButton.disabled = false;
      rounds.forEach(function (round) {
        if (!round.van) { return; }
        round.solid = round.line.options.opacity;
        round.line.setStyle({opacity: FADED});
        round.trail.setStyle({weight: round.line.options.weight, dashArray: round.line.options.dashArray});
        round.layer.addLayer(round.trail).addLayer(round.van);
      });
    }
    time = Math.max(first, Math.min(last, t));
    draw();
  }

  /* Back to the whole day, as on paper. */
  function rest() {
    hold();
    if (time === null) { return; }
    time = null;
    box.classList.remove("on");
    document.body.classList.remove("playing");
    wholeButton.disabled = true;
    rounds.forEach(function (round) {
      round.stops.forEach(function (stop, number) { setState(round, number, ""); });
      round.status.textContent = "";
      if (!round.van) { return; }
      round.line.setStyle({opacity: round.solid});
      round.layer.removeLayer(round.trail).removeLayer(round.van);
    });
    slider.value = first;
    slider.setAttribute("aria-valuetext", wholeButton.textContent.trim());
  }

  /* Said aloud: when someone acts, and now and then while the day runs. */
  function tell(always) {
    var at = Date.now();
    if (!always && at - toldAt < TELL_MS) { return; }
    toldAt = at;
    told.textContent = motion.hour(time) + ". " + tally.textContent;
  }

  function running() { return Boolean(frame || timer); }
  function hold() {
    window.cancelAnimationFrame(frame);
    window.clearInterval(timer);
    window.clearInterval(follower);
    if (nowButton) { nowButton.setAttribute("aria-pressed", "false"); }
    frame = timer = follower = 0;
    label();
  }
  function label() {
    box.classList.toggle("running", running());
    play.querySelector("span").textContent = running() ? words.pause : words.play;
  }
  function go() {
    var from = time === null || time >= last ? first : time;
    hold();
    seek(from);
    toldAt = 0;
    tell(true);
    if (calm.matches) {
      timer = window.setInterval(function () { advance(STEP_S); }, STEP_MS);
    } else {
      ticked = 0;
      frame = window.requestAnimationFrame(tick);
    }
    label();
  }
  function advance(seconds) {
    seek(time + seconds);
    if (time >= last) {
      hold();
      tell(true);
    } else {
      tell(false);
    }
  }
  function tick(at) {
    frame = window.requestAnimationFrame(tick);
    /* A hidden window stands still; it does not leap when it comes back. */
    var passed = ticked ? Math.min(at - ticked, 250) : 0;
    ticked = at;
    advance(passed / 1000 * 3600 / Number(speed.value));
  }

  /* Every moment at which something begins or ends. */
  var moments = new Set();
  rounds.forEach(function (round) {
    round.frames.forEach(function (one) { moments.add(one[0]); });
    round.stops.forEach(function (stop) { moments.add(stop[2]).add(stop[3]); });
    (round["break"] || []).forEach(function (one) { moments.add(one); });
  });
  moments = Array.from(moments).sort(function (a, b) { return a - b; });
  function leap(direction) {
    var from = time === null ? (direction > 0 ? first - 1 : last + 1) : time;
    var ahead = moments.filter(function (one) { return direction > 0 ? one > from : one < from; });
    hold();
    if (ahead.length) { seek(direction > 0 ? ahead[0] : ahead[ahead.length - 1]); }
    if (time !== null) { tell(true); }
  }

  /* The clock on the wall in Bordeaux, wherever the page is read. */
  function today() {
    var parts = {};
    new Intl.DateTimeFormat("en-CA", {
      timeZone: "Europe/Paris", hourCycle: "h23", year: "numeric", month: "2-digit",
      day: "2-digit", hour: "2-digit", minute: "2-digit"
    }).formatToParts(new Date()).forEach(function (part) { parts[part.type] = part.value; });
    return {
      date: parts.year + "-" + parts.month + "-" + parts.day,
      seconds: 3600 * Number(parts.hour) + 60 * Number(parts.minute)
    };
  }
  function follow() {
    if (today().date !== date) { return; }
    hold();
    seek(today().seconds);
    tell(true);
    follower = window.setInterval(function () { seek(today().seconds); }, FOLLOW_MS);
    nowButton.setAttribute("aria-pressed", "true");
  }

  play.addEventListener("click", function () {
    if (running()) { hold(); tell(true); } else { go(); }
  });
  box.querySelectorAll("[data-leap]").forEach(function (button) {
    button.addEventListener("click", function () { leap(Number(button.dataset.leap)); });
  });
  slider.addEventListener("input", function () {
    hold();
    seek(Number(slider.value));
  });
  wholeButton.addEventListener("click", rest);
  nowButton.hidden = today().date !== date;
  nowButton.addEventListener("click", function () { if (follower) { hold(); } else { follow(); } });
  /* A strip is clicked where the hour is; from the keyboard, the slider does the same. */
  document.querySelectorAll("[data-strip] svg").forEach(function (strip) {
    strip.addEventListener("click", function (event) {
      var frame = strip.getBoundingClientRect();
      hold();
      seek(Math.round(first + (last - first) * (event.clientX - frame.left) / frame.width));
    });
  });
  slider.value = first;

  return {
    follow: follow,
    toPaper: function () {
      kept = time === null ? null : [time, Boolean(follower)];
      rest();
    },
    toScreen: function () {
      if (kept && kept[1]) { follow(); } else if (kept) { seek(kept[0]); }
      kept = null;
    }
  };
}
