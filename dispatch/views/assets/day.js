/* Sets the page going. Until it runs, what needs it stays hidden and the tables say everything. */
function dispatchDay(map, layers, words, rounds, date) {
  "use strict";
  document.documentElement.classList.add("scripted");
  document.querySelectorAll("[data-scripted]").forEach(function (part) { part.hidden = false; });
  document.querySelectorAll("button[disabled]").forEach(function (part) { part.disabled = false; });
  var page = dispatchPage(map, layers, words);
  dispatchSearch(page, words);
  var player = dispatchPlayer(map, layers, rounds, words, date, page);
  page.onPaper(player.toPaper, player.toScreen);

  /* An address may name a round, and a wall's screen may follow the clock: #B, #now, #B&now. */
  window.location.hash.slice(1).split("&").forEach(function (wish) {
    rounds.forEach(function (round, index) {
      if (round.letter === wish) { page.isolate(index); }
    });
    if (wish === "now") { player.follow(); }
  });
}
