import { useQuery } from "@tanstack/react-query";
import type { ProviderPresetView } from "../../schema/contracts/provider-preset.ts";
import {
  presetChange,
  presetContradictions,
  presetNameChange,
  wantsName,
} from "../model/trunk-preset.ts";
import { providerPresets } from "../resources.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import type { TrunkFormPart } from "./trunk-form-part.ts";

/** Whose trunk it is: fills the form with what the provider publishes, and says where the two contradict each other. */
export function ProviderFields(part: TrunkFormPart) {
  const { draft, change, wrong } = part;
  const query = useQuery({
    queryKey: ["provider-presets"],
    queryFn: ({ signal }) => providerPresets.list(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const presets = query.data ?? [];
  const chosen = presets.find(({ id }) => id === draft.preset) ?? null;
  const choose = (id: string): void => {
    const preset = presets.find((one) => one.id === id);
    change(preset === undefined ? { preset: "" } : presetChange(preset, draft));
  };
  return (
    <fieldset>
      <div className="columns">
        <SelectField
          label="Provider"
          value={draft.preset}
          options={optionsOf(presets, draft.preset)}
          onValue={choose}
          wrong={wrong("/provider_preset")}
          help="Fills in what it publishes; you can change all of it."
        />
        {chosen !== null && wantsName(chosen) ? (
          <TextField
            label={`Your trunk's name at ${chosen.name}`}
            value={draft.presetName}
            onText={(name) => change(presetNameChange(chosen, name))}
            help={`The first part of ${chosen.outbound?.address?.replace("{name}", "…") ?? ""}`}
          />
        ) : null}
      </div>
      <ProblemNotice error={query.error} retry={() => void query.refetch()} />
      {chosen === null ? null : <About preset={chosen} part={part} />}
    </fieldset>
  );
}

function optionsOf(presets: readonly ProviderPresetView[], kept: string) {
  const listed = presets.map(({ id, kind, name }) => ({
    value: id,
    label: kind === "registration_only" ? `${name} (needs a registration: not usable)` : name,
  }));
  const isListed = kept === "" || listed.some(({ value }) => value === kept);
  return [
    { value: "", label: "Another, or my own PBX" },
    ...listed,
    ...(isListed ? [] : [{ value: kept, label: kept }]),
  ];
}

function About({ preset, part }: { preset: ProviderPresetView; part: TrunkFormPart }) {
  if (preset.kind === "registration_only") {
    return (
      <p className="notice bad" role="status">
        {preset.reason}
      </p>
    );
  }
  const { draft, before } = part;
  const hasKept = before?.outbound_trunk?.has_auth_credentials ?? false;
  const contradictions = presetContradictions(preset, draft, hasKept);
  return (
    <>
      <div
        role="status"
        className={contradictions.length === 0 ? "visually-hidden" : "notice warn"}
      >
        {contradictions.length === 0 ? (
          `The form agrees with what ${preset.name} publishes.`
        ) : (
          <>
            <strong>This contradicts what {preset.name} publishes</strong>
            <ul>
              {contradictions.map(({ pointer, code, detail }) => (
                <li key={`${pointer} ${code}`}>{detail}</li>
              ))}
            </ul>
            <span className="muted">It can be saved all the same.</span>
          </>
        )}
      </div>
      <details>
        <summary>What to know about {preset.name}</summary>
        <ul>
          {preset.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
          {preset.sources.map(({ url, says }) => (
            <li key={`${url} ${says}`}>
              <a href={url} rel="noreferrer">
                {says}
              </a>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}
