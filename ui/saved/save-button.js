import { useSignal } from "@preact/signals";

import { html } from "../lib/html.js";
import { ApiError } from "../lib/receive.js";
import { saved } from "../lib/saved.js";
import { traceFile } from "./file.js";

/** How long the browser has to begin with the file, after which its memory is given back. */
const KEPT_MS = 60_000;

/**
 * Saves the trace as one file, to keep or to send to somebody.
 *
 * @param {{traceId: string}} props
 */
export function SaveButton({ traceId }) {
  const state = useSignal(/** @type {"ready" | "saving" | "failed"} */ ("ready"));
  if (saved) return null;
  const save = async () => {
    state.value = "saving";
    try {
      const url = URL.createObjectURL(await traceFile(traceId));
      const link = document.createElement("a");
      link.href = url;
      link.download = `trace-${traceId}.html`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
      state.value = "ready";
    } catch (error) {
      state.value = "failed";
      if (!(error instanceof ApiError || error instanceof TypeError)) throw error;
    }
  };
  return html`<button
    type="button"
    class="button"
    title="Save the trace as one HTML file that opens without a server"
    disabled=${state.value === "saving"}
    onClick=${save}
  >
    ${state.value === "failed" ? "Could not save" : "Save"}
  </button>`;
}
