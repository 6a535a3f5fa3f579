import { useRef } from "react";
import { useI18n } from "../../i18n/useI18n";
import { isTouch } from "../../lib/pointer";
import { IconButton } from "../ui/IconButton";
import { ClipIcon, DocumentIcon, ImageIcon } from "../ui/icons";
import { Menu } from "../ui/Menu";
import { MenuItem } from "../ui/MenuItem";

interface AttachButtonProps {
  onFiles: (files: File[]) => void;
}

/**
 * Lets the user choose files. On a touch screen a menu asks what first: where pictures alone are accepted, the system
 * offers the camera, too.
 */
export function AttachButton({ onFiles }: AttachButtonProps) {
  const { t } = useI18n();
  const field = useRef<HTMLInputElement>(null);
  const choose = (accept: string) => {
    if (!field.current) return;
    field.current.accept = accept;
    field.current.click();
  };
  return (
    <>
      {isTouch() ? (
        <Menu
          label={t.attach}
          className="icon-button attach"
          testId="attach"
          trigger={<ClipIcon size={20} />}
        >
          <MenuItem
            icon={<ImageIcon size={20} />}
            title={t.attachPhoto}
            testId="attach-photo"
            onSelect={() => choose("image/*")}
          />
          <MenuItem
            icon={<DocumentIcon size={20} />}
            title={t.attachFile}
            testId="attach-file"
            onSelect={() => choose("")}
          />
        </Menu>
      ) : (
        <IconButton label={t.attach} className="attach" testId="attach" onClick={() => choose("")}>
          <ClipIcon size={20} />
        </IconButton>
      )}
      <input
        ref={field}
        type="file"
        multiple
        hidden
        data-testid="files"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = "";
          onFiles(files);
        }}
      />
    </>
  );
}
