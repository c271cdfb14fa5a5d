import { useSignal } from "@preact/signals";

import { html } from "../lib/html.js";
import { receiverUrls } from "../lib/receivers.js";
import { Command } from "../search/command.js";
import { firstTraces } from "./languages.js";

/** What to type for a first trace, language by language. */
export function FirstTrace() {
  const languages = firstTraces(receiverUrls().http);
  const chosen = useSignal(languages[0]?.name ?? "");
  const language = languages.find(({ name }) => name === chosen.value);
  return html`<div class="first-trace">
    <div class="scopes" role="group" aria-label="Language">
      ${languages.map(
        ({ name }) => html`<button key=${name} type="button" aria-pressed=${name === chosen.value} onClick=${() => (chosen.value = name)}>
          ${name}
        </button>`,
      )}
    </div>
    ${language?.parts.map(({ says, text }) => html`<p key=${says}>${says}</p><${Command} text=${text} />`)}
  </div>`;
}
