const NAME = "holdfast.streamsHeldBack";

/** Whether a proxy on the way was found to hold event streams back, in this session of the browser. */
export function areStreamsHeldBack(): boolean {
  try {
    return sessionStorage.getItem(NAME) === "1";
  } catch {
    return false;
  }
}

export function noteHeldBack(): void {
  try {
    sessionStorage.setItem(NAME, "1");
  } catch {
    // Storage may be blocked: then it is found out again.
  }
}
