import type { Fault } from "../api/fault";
import { useI18n } from "../i18n/useI18n";

interface SignInProps {
  fault: Fault | null;
  className: string;
}

/** A link to the page where people sign in, which brings them back here, where the operator has set one. */
export function SignIn({ fault, className }: SignInProps) {
  const { t } = useI18n();
  if (!fault?.signIn) return null;
  const back = encodeURIComponent(window.location.href);
  return (
    <a className={className} data-testid="sign-in" href={fault.signIn.replaceAll("{url}", back)}>
      {t.connection.signIn}
    </a>
  );
}
