/* Where each technician is at a time of the plan, and what they do; nothing here touches the page.
   Times are seconds since midnight; a round's frames and cuts are told in views/movement.py. */
function dispatchMotion(map, words) {
  "use strict";

  function two(number) { return String(number).padStart(2, "0"); }
  function hour(seconds) {
    return two(Math.floor(seconds / 3600) % 24) + ":" + two(Math.floor(seconds % 3600 / 60));
  }
  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (all, name) { return values[name]; });
  }

  /* How many legs of its round a van has covered. */
  function covered(round, t) {
    var frames = round.frames, k = frames.findIndex(function (one) { return one[0] > t; });
    if (k === 0) { return frames[0][1]; }
    if (k < 0) { return frames[frames.length - 1][1]; }
    var a = frames[k - 1], b = frames[k];
    return a[1] + (b[1] - a[1]) * (t - a[0]) / (b[0] - a[0]);
  }

  /* The way driven so far: all points passed, and where the van is. */
  function driven(round, legs) {
    var leg = Math.min(Math.floor(legs), round.cuts.length - 1), share = legs - leg;
    var start = leg ? round.cuts[leg - 1] : 0, end = round.cuts[leg];
    var points = round.points.slice(0, start + 1), k, far, length = 0, lengths = [];
    for (k = start; k < end; k++) {
      far = map.distance(round.points[k], round.points[k + 1]);
      lengths.push(far);
      length += far;
    }
    var left = share * length;
    for (k = start; k < end; k++) {
      far = lengths[k - start];
      if (left < far) {
        var a = round.points[k], b = round.points[k + 1], part = left / far;
        points.push(L.latLng(a.lat + (b.lat - a.lat) * part, a.lng + (b.lng - a.lng) * part));
        break;
      }
      left -= far;
      points.push(round.points[k + 1]);
    }
    return points;
  }

  /* What a technician does, in words, and whether they stand. */
  function doing(round, t) {
    var frames = round.frames, start = frames[0][0], end = frames[frames.length - 1][0], k;
    if (t < start) { return {parked: true, words: fill(words.is_away, {time: hour(start)})}; }
    if (t >= end) { return {parked: true, words: fill(words.is_back, {time: hour(end)})}; }
    var pause = round["break"];
    if (pause && t >= pause[0] && t < pause[1]) {
      return {stands: true, words: fill(words.is_pausing, {time: hour(pause[1])})};
    }
    for (k = 0; k < round.stops.length; k++) {
      var stop = round.stops[k];
      if (t < stop[1]) {
        return {words: fill(words.is_driving, {stop: stop[0], time: hour(stop[1])})};
      }
      if (t < stop[2]) {
        return {stands: true, words: fill(words.is_waiting, {stop: stop[0], time: hour(stop[2])})};
      }
      if (t < stop[3]) {
        return {stands: true, words: fill(words.is_at, {stop: stop[0], time: hour(stop[3])})};
      }
    }
    return {words: fill(words.is_returning, {time: hour(end)})};
  }

  function state(stop, t) { return t >= stop[3] ? "done" : t >= stop[2] ? "now" : "next"; }

  return {
    covered: covered, driven: driven, doing: doing, state: state, hour: hour, fill: fill
  };
}
