import { useAnnounced } from "../../lib/announce";

/** The page's only live region: states, results and the finished reply, never single tokens. */
export function LiveRegion() {
  return (
    <div className="visually-hidden" role="status" aria-live="polite" data-testid="announcer">
      {useAnnounced()}
    </div>
  );
}
