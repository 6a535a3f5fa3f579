import { useState } from "react";
import type { Attachment } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { ImageIcon } from "../ui/icons";
import { useFileAddress } from "./FileAddress";

/** The longest side of a picture that is alone, in pixels; the shortest one that can be touched. */
const LARGEST = 288;
const SMALLEST = 64;

interface MessagePictureProps {
  picture: Attachment;
  /** Whether it is the only one of its message, and is shown as a whole. */
  alone: boolean;
  onView: () => void;
}

/** A picture of a question. Its place has its size before it is loaded, so that nothing moves. */
export function MessagePicture({ picture, alone, onView }: MessagePictureProps) {
  const { t } = useI18n();
  const fileAddress = useFileAddress();
  const [gone, setGone] = useState(false);
  const { id, name } = picture;
  if (gone)
    return (
      <span className="picture gone" role="img" aria-label={t.pictureGone(name)}>
        <ImageIcon size={24} />
        <span className="file-name">{name}</span>
      </span>
    );
  return (
    <button
      type="button"
      className="picture"
      title={name}
      aria-haspopup="dialog"
      data-testid="picture"
      onClick={onView}
    >
      <img
        src={fileAddress(id, "preview")}
        alt={name}
        loading="lazy"
        decoding="async"
        {...(alone ? placeOf(picture) : {})}
        onError={() => setGone(true)}
      />
    </button>
  );
}

/** The preview's sides are whole numbers, so its own ratio differs a little, and would move the page when it comes. */
function placeOf(picture: Attachment) {
  const { width, height } = shownSize(picture);
  return { width, height, style: { aspectRatio: `${width} / ${height}` } };
}

/** Returns the size at which a picture is shown alone. */
export function shownSize({ width, height }: Pick<Attachment, "width" | "height">) {
  if (!width || !height) return { width: LARGEST, height: LARGEST };
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  return {
    width: Math.max(SMALLEST, Math.round(width * scale)),
    height: Math.max(SMALLEST, Math.round(height * scale)),
  };
}
