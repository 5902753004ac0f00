import type { EscalationView } from "../contracts/frames";
import { customerWords, triggerWords } from "./escalation_words";

export type Permission = NotificationPermission | "unsupported";

export function notificationPermission(): Permission {
  return typeof Notification === "undefined" ? "unsupported" : Notification.permission;
}

/** Only upon a click: browsers punish a page that asks by itself. */
export async function askForNotifications(): Promise<Permission> {
  if (typeof Notification === "undefined") return "unsupported";
  return await Notification.requestPermission();
}

/**
 * Tell of a call outside the page, if it is hidden and that is allowed. Holds no word of the
 * customer: it may be shown on a locked screen.
 */
export function notify(escalation: EscalationView, open: () => void): void {
  if (!document.hidden || notificationPermission() !== "granted") return;
  try {
    const shown = new Notification(triggerWords(escalation.trigger), {
      body: `${customerWords(escalation.customer_id)} is waiting for a person.`,
      // Of the same call only one is shown, also from several windows of the desk.
      tag: escalation.escalation_id,
    });
    shown.onclick = () => {
      window.focus();
      open();
      shown.close();
    };
  } catch {
    // Phones allow it to service workers only.
  }
}
