// Listens to the app in the frame. What it may ask for: the plans page, and this page anew.

const frame = document.querySelector("[data-app-frame]");
const origin = new URL(frame.dataset.origin).origin;

// Apps post an object or its JSON; anything else is not meant for us.
const read = (data) => {
  try {
    const message = typeof data === "string" ? JSON.parse(data) : data;
    return message && typeof message === "object" ? message : {};
  } catch {
    return {};
  }
};

const openPlans = (request) => {
  const url = new URL(frame.dataset.plansUrl, window.location.origin);
  for (const plans of [request.planId, request.plansList].flat()) {
    if (typeof plans !== "string") continue;
    for (const plan of plans.split(",")) url.searchParams.append("plan", plan);
  }
  window.location.assign(url);
};

window.addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || event.origin !== origin) return;
  const message = read(event.data);
  if (message.planData && typeof message.planData === "object") openPlans(message.planData);
  else if (message.type === "upgradeApp") openPlans(message);
  else if (message.type === "refresh") window.location.reload();
});
