/** The share chain: who sent this visitor here, and the links she sends on. */
import { openStorage, uuid } from "../sdk/storage.js";

const storage = openStorage("sessionStorage");

/**
 * Read `?share=…&from=…&channel=…` from the address, keep it for this tab and tidy the address.
 *
 * @returns {{ share_id: string, from_visitor_id?: string, channel: string } | null}
 */
export function arrival(seller) {
  const key = `smartcard.share.${seller}`;
  const address = new URL(location.href);
  const share = address.searchParams.get("share");
  if (!share) return storage.read(key, null);
  const from = address.searchParams.get("from");
  const arrived = { share_id: share, channel: address.searchParams.get("channel") ?? "link" };
  if (from) arrived.from_visitor_id = from;
  storage.write(key, arrived);
  for (const name of ["share", "from", "channel"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
  return arrived;
}

/**
 * Return the address of this card, or of one product on it, as a link of whom `from` names: a
 * referral code, never a visitor's id, which is all that proves who she is. Empty: nobody's.
 */
export function shareLink({ from, itemId, channel, shareId }) {
  const address = new URL(location.pathname, location.origin);
  if (itemId) address.searchParams.set("item", itemId);
  address.searchParams.set("share", shareId);
  if (from) address.searchParams.set("from", from);
  address.searchParams.set("channel", channel);
  return address.href;
}

/**
 * Share by the phone's own sheet, else by the clipboard; `show` gets the link when neither works.
 * Return the share as events tell it, or null when the visitor changed her mind.
 */
export async function share({ from, itemId, title, show }) {
  const shareId = uuid();
  const link = (channel) => shareLink({ from, itemId, channel, shareId });
  if (navigator.share) {
    try {
      await navigator.share({ title, url: link("native") });
      return { share_id: shareId, channel: "native" };
    } catch (error) {
      if (error.name === "AbortError") return null;
    }
  }
  try {
    await navigator.clipboard.writeText(link("link"));
    show(null);
  } catch {
    show(link("link"));
  }
  return { share_id: shareId, channel: "link" };
}
