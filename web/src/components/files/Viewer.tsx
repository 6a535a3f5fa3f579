import { lazy, Suspense } from "react";
import type { Attachment } from "../../api/schemas";

const PictureViewer = lazy(() => import("./PictureViewer"));

export interface ViewerProps {
  pictures: readonly Attachment[];
  /** The id of the one that is shown first. */
  first: string;
  onClose: () => void;
}

/** Shows pictures large, in a dialog that is loaded when it is wanted. */
export function Viewer(props: ViewerProps) {
  return (
    <Suspense>
      <PictureViewer {...props} />
    </Suspense>
  );
}
