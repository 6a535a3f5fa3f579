/** Milliseconds between two beats of a leader. */
export const BEAT = 400;
/** Milliseconds without a beat of a visible leader after which a visible tab takes over. */
const PATIENCE = 850;
/** Milliseconds after the last sign of another tab for which a leader sends events: some beats. */
const LISTENING = 2_000;

/** What a tab knows about the reading of a turn. */
export interface Standing {
  leads: boolean;
  visible: boolean;
  /** When a visible leader has sent a beat last, in milliseconds. */
  beatAt: number;
  /** The greatest cursor that a leader has named, and for how many beats this tab has been behind it. */
  named: number;
  behind: number;
  /** When another tab answered last, in milliseconds; for a leader alone. */
  answeredAt: number;
}

export type StandingEvent =
  | { type: "began"; visible: boolean; now: number }
  | { type: "led" }
  | { type: "answered"; now: number }
  | { type: "lost"; now: number }
  | { type: "visible"; visible: boolean; now: number }
  | { type: "beat"; visible: boolean; seq: number; cursor: number; now: number };

export const NO_STANDING: Standing = {
  leads: false,
  visible: true,
  beatAt: 0,
  named: 0,
  behind: 0,
  answeredAt: 0,
};

export function reduceStanding(state: Standing, event: StandingEvent): Standing {
  switch (event.type) {
    case "began":
      return { ...NO_STANDING, visible: event.visible, beatAt: event.now };
    case "led":
      // Tabs that listen answer the first beat, which comes before any event.
      return { ...state, leads: true, behind: 0, answeredAt: Number.NEGATIVE_INFINITY };
    case "answered":
      return { ...state, answeredAt: event.now };
    case "lost":
      return { ...state, leads: false, beatAt: event.now };
    case "visible":
      return { ...state, visible: event.visible, beatAt: event.now };
    case "beat": {
      const behind = event.cursor < event.seq ? state.behind + 1 : 0;
      const beatAt = event.visible ? event.now : state.beatAt;
      return { ...state, beatAt, named: event.seq, behind };
    }
  }
}

/** Whether this tab should take the reading from a leader that is closed, frozen or hidden. */
export const takesOver = ({ leads, visible, beatAt }: Standing, now: number) =>
  !leads && visible && now - beatAt > PATIENCE;

/** Whether a leader's events may have a listener in another tab. */
export const hasListeners = ({ leads, answeredAt }: Standing, now: number) =>
  leads && now - answeredAt < LISTENING;

/** Whether messages of the leader were lost: a beat may overtake the events that it names, two do not. */
export const hasMissed = ({ leads, behind }: Standing) => !leads && behind >= 2;
