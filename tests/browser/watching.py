"""What no page of the marketplace may do, watched on every page that a test opens."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

#: Chromium reports each answer from 400 on by itself; those are judged by their status instead.
_BAD_ANSWER = "Failed to load resource"
#: A poll that is under way when its page is left.
_LEFT = "net::ERR_ABORTED"


class Watch:
    """Collects faults: script errors, policy violations, calls to others, answers that fail."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.faults: list[str] = []

    def attach(self, context: BrowserContext) -> None:
        """Watch every page of a browser from now on."""
        context.on("console", self._hear)
        context.on("weberror", lambda found: self._note(f"script: {found.error}"))
        context.on("request", self._see_request)
        context.on("requestfailed", self._see_failure)
        context.on("response", self._see_response)

    def _note(self, fault: str) -> None:
        self.faults.append(fault)

    def _hear(self, message: ConsoleMessage) -> None:
        # Violations of the content security policy are console errors, too.
        if message.type in ("error", "warning") and not message.text.startswith(_BAD_ANSWER):
            self._note(f"console: {message.text} ({message.location.get('url')})")

    def _see_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self._note(f"another origin: {request.url}")

    def _see_failure(self, request: Request) -> None:
        if request.failure != _LEFT:
            self._note(f"failed: {request.url}: {request.failure}")

    def _see_response(self, response: Response) -> None:
        # What a page itself answers with is for its test to say.
        highest = 499 if response.request.resource_type == "document" else 399
        if response.status > highest:
            self._note(f"{response.status}: {response.url}")


_AUDIT = """() => {
  const faults = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const name = (element) =>
    (element.getAttribute("aria-label") || "").trim() ||
    (element.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean)
      .map((id) => document.getElementById(id)?.textContent.trim() || "").join(" ").trim() ||
    [...(element.labels || [])].map((label) => label.textContent.trim()).join(" ") ||
    element.textContent.trim() || (element.getAttribute("title") || "").trim();
  const brief = (element) => element.outerHTML.slice(0, 120);

  const headings = [...document.querySelectorAll("h1")].filter(shown);
  if (headings.length !== 1) faults.push(`${headings.length} h1`);
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  if (!document.querySelector("header")) faults.push("no header");
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title.trim()) faults.push("no title");

  for (const nav of document.querySelectorAll("nav")) {
    if (!name(nav) || !nav.matches("[aria-label], [aria-labelledby]")) {
      faults.push(`navigation without a name: ${brief(nav)}`);
    }
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (shown(field) && !name(field)) faults.push(`field without a label: ${brief(field)}`);
  }
  for (const control of document.querySelectorAll("button, a[href], summary")) {
    if (shown(control) && !name(control)) faults.push(`control without a name: ${brief(control)}`);
  }
  for (const image of document.querySelectorAll("img:not([alt])")) {
    faults.push(`image without a text: ${brief(image)}`);
  }
  const seen = new Set();
  for (const { id } of document.querySelectorAll("[id]")) {
    if (seen.has(id)) faults.push(`two elements are #${id}`);
    seen.add(id);
  }
  const references = ["aria-labelledby", "aria-describedby", "for"];
  for (const element of document.querySelectorAll(references.map((name) => `[${name}]`).join())) {
    const ids = references
      .flatMap((attribute) => (element.getAttribute(attribute) || "").split(" ").filter(Boolean));
    for (const id of ids) if (!seen.has(id)) faults.push(`nothing is #${id}: ${brief(element)}`);
  }
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    if (!shown(heading)) continue;
    const next = Number(heading.tagName[1]);
    if (next > level + 1) faults.push(`h${next} after h${level}: ${heading.textContent.trim()}`);
    level = next;
  }
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) {
    const wide = [...document.querySelectorAll("body *")]
      .filter(shown)
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
    faults.push(`${scrollWidth} px of content in ${clientWidth}: ${wide.slice(-1).map(brief)}`);
  }
  return faults;
}"""


def faults_of(page: Page) -> list[str]:
    """What keeps people from using the page: headings, landmarks, names, sideways scrolling."""
    found: list[str] = page.evaluate(_AUDIT)
    return found
