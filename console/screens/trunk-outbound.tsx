import { useState } from "react";
import { type Codec, splitPasted } from "../model/trunk-form.ts";
import { CheckField, SelectField, TextField } from "../ui/field.tsx";
import { HeaderRows } from "../ui/header-rows.tsx";
import { CredentialFields } from "./credential-fields.tsx";
import { ENCRYPTION, type TrunkFormPart } from "./trunk-form-part.ts";

const TRANSPORTS = [
  { value: "tls", label: "TLS (recommended)" },
  { value: "tcp", label: "TCP" },
  { value: "udp", label: "UDP" },
  { value: "auto", label: "Automatic: as DNS says" },
] as const;

const CODECS: readonly { readonly value: Codec; readonly label: string }[] = [
  { value: "G722/8000", label: "G.722 (wideband)" },
  { value: "PCMU/8000", label: "PCMU (G.711 µ-law)" },
  { value: "PCMA/8000", label: "PCMA (G.711 A-law)" },
];

/** Where calls that an agent places are sent. */
export function OutboundFields(part: TrunkFormPart) {
  const { draft, change, wrong, before } = part;
  const [words, setWords] = useState("");
  const typeAddress = (address: string): void => {
    const split = splitPasted(address);
    setWords(split?.words ?? "");
    change(split?.change ?? { address });
  };
  return (
    <fieldset>
      <legend>Outbound: calls to your carrier</legend>
      {before?.outbound_trunk == null ? (
        <CheckField
          label="Place calls from this number"
          checked={draft.hasOutbound}
          onChecked={(hasOutbound) => change({ hasOutbound })}
        />
      ) : null}
      {draft.hasOutbound ? (
        <>
          <div className="columns">
            <TextField
              label="Address"
              value={draft.address}
              onText={typeAddress}
              wrong={wrong("/outbound_trunk_config/address")}
              placeholder="sip.carrier.example"
              help="Host name or IP address. A whole SIP URI can be pasted: it is taken apart."
              required
            />
            <TextField
              label="Port"
              inputMode="numeric"
              value={draft.port}
              onText={(port) => change({ port })}
              wrong={wrong("/outbound_trunk_config/port")}
              help="Leave it empty unless the carrier names one."
            />
          </div>
          <p role="status" className={words === "" ? "visually-hidden" : "notice"}>
            {words}
          </p>
          <div className="columns">
            <SelectField
              label="Transport"
              value={draft.transport}
              options={TRANSPORTS}
              onValue={(transport) => change({ transport })}
              wrong={wrong("/outbound_trunk_config/transport")}
            />
            <SelectField
              label="Outbound media encryption"
              value={draft.outboundEncryption}
              options={ENCRYPTION}
              onValue={(outboundEncryption) => change({ outboundEncryption })}
              wrong={wrong("/outbound_trunk_config/media_encryption")}
              help="Of what is said. Its keys travel in SIP, so it needs TLS."
            />
          </div>
          <CredentialFields
            side="Outbound"
            help="As the carrier gave it. Empty: the carrier knows us by our addresses."
            user={draft.outboundUser}
            password={draft.outboundPassword}
            kept={before?.outbound_trunk ?? null}
            wrong={(name) => wrong(`/outbound_trunk_config/credentials/${name}`)}
            onUser={(outboundUser) => change({ outboundUser })}
            onPassword={(outboundPassword) => change({ outboundPassword })}
          />
          <Codecs {...part} />
          <Headers {...part} />
        </>
      ) : null}
    </fieldset>
  );
}

function Codecs({ draft, change }: TrunkFormPart) {
  const turn = (codec: Codec, isOn: boolean): void => {
    const others = draft.codecs.filter((one) => one !== codec);
    change({ codecs: isOn ? [...others, codec] : others });
  };
  return (
    <fieldset className="stack tight">
      <legend className="small">Codecs</legend>
      {CODECS.map(({ value, label }) => (
        <CheckField
          key={value}
          label={label}
          checked={draft.codecs.includes(value)}
          onChecked={(isOn) => turn(value, isOn)}
        />
      ))}
      <span className="muted">None chosen: all are offered.</span>
    </fieldset>
  );
}

function Headers({ draft, change, wrong }: TrunkFormPart) {
  return (
    <HeaderRows
      legend="Custom headers"
      help="Sent with every call to the carrier. Names begin with X-."
      prefix="X-"
      rows={draft.headers}
      wrong={wrong("/outbound_trunk_config/headers")}
      onRows={(headers) => change({ headers })}
    />
  );
}
