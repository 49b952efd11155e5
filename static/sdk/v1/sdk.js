// The marketplace's script for apps that are open in its frame, version 1.
//
// Load it from the address that the launch link names in `sdk_url`. It defines `window._dAPI`:
//
//   _dAPI.upgrade({ type: "upgradeApp", appId: "<app uuid>" })
//       Leaves the app for the page that offers the plans above the one that is on.
//       `planId: "<plan uuid>"` or `plansList: ["<plan uuid>", …]` names the plans to offer; that
//       is the only way to a hidden one. The same object may stand in `{ planData: {…} }`.
//   _dAPI.refresh()
//       Loads the marketplace's page anew, and the app in it with a new link.
//
// Both only post a message to the page around the app. Nothing comes back, and outside of the
// marketplace's frame nothing happens. A message holds nothing secret, and the marketplace takes
// it from the frame and the origin that it opened alone; hence "*" for whoever frames the app.
(() => {
  "use strict";

  const post = (message) => {
    if (window.parent !== window) window.parent.postMessage(JSON.stringify(message), "*");
  };

  window._dAPI = Object.freeze({
    upgrade(request = {}) {
      post({ type: "upgradeApp", ...(request.planData ?? request) });
    },
    refresh() {
      post({ type: "refresh" });
    },
  });
})();
