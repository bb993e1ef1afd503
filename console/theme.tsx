import { useState } from "react";
import { SelectField } from "./ui/field.tsx";

/** Light, dark or high contrast: as the system says, unless the reader says otherwise. */

const THEMES = [
  { value: "system", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "contrast", label: "High contrast" },
] as const;
type Theme = (typeof THEMES)[number]["value"];

const KEY = "trunkline.theme";

function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return THEMES.find(({ value }) => value === kept)?.value ?? "system";
  } catch {
    return "system"; // storage is switched off
  }
}

export function applyTheme(theme: Theme = readTheme()): void {
  if (theme === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset["theme"] = theme;
}

export function ThemeField() {
  const [theme, setTheme] = useState(readTheme);
  const choose = (next: Theme): void => {
    setTheme(next);
    applyTheme(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // It then lasts as long as the page.
    }
  };
  return <SelectField label="Theme" value={theme} options={THEMES} onValue={choose} />;
}
