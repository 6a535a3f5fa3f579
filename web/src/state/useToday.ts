import { useEffect, useState } from "react";

const startOfDay = (day: Date, later = 0) =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate() + later);

/** The current day, updated at midnight, so that "today" becomes "yesterday" on an open page. */
export function useToday(): Date {
  const [today, setToday] = useState(() => startOfDay(new Date()));
  useEffect(() => {
    const left = startOfDay(today, 1).getTime() - Date.now();
    const timer = setTimeout(() => setToday(startOfDay(new Date())), Math.max(left, 0) + 1_000);
    return () => clearTimeout(timer);
  }, [today]);
  return today;
}
