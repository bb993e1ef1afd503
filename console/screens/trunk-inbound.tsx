import { linesOf } from "../model/trunk-form.ts";
import { useSession } from "../session.tsx";
import { AreaField, CheckField, SelectField } from "../ui/field.tsx";
import { CopyLine } from "../ui/parts.tsx";
import { CredentialFields } from "./credential-fields.tsx";
import { ENCRYPTION, type TrunkFormPart } from "./trunk-form-part.ts";

/** Who may send calls to the number, and where to. */
export function InboundFields(part: TrunkFormPart) {
  const { draft, change, wrong, before } = part;
  const isOpen = linesOf(draft.allowedAddresses).length === 0 && draft.inboundUser.trim() === "";
  return (
    <fieldset>
      <legend>Inbound: calls from your carrier</legend>
      {before?.inbound_trunk == null ? (
        <CheckField
          label="Answer calls to this number"
          checked={draft.hasInbound}
          onChecked={(hasInbound) => change({ hasInbound })}
        />
      ) : null}
      {draft.hasInbound ? (
        <>
          <Addresses />
          <SelectField
            label="Inbound media encryption"
            value={draft.inboundEncryption}
            options={ENCRYPTION}
            onValue={(inboundEncryption) => change({ inboundEncryption })}
            wrong={wrong("/inbound_trunk_config/media_encryption")}
          />
          <div className="columns">
            <AreaField
              label="Allowed addresses"
              value={draft.allowedAddresses}
              onText={(allowedAddresses) => change({ allowedAddresses })}
              wrong={wrong("/inbound_trunk_config/allowed_addresses")}
              placeholder={"203.0.113.0/24\n198.51.100.7"}
              help="Of the carrier's servers, one a line. Empty: from everywhere."
            />
            <AreaField
              label="Allowed callers"
              value={draft.allowedNumbers}
              onText={(allowedNumbers) => change({ allowedNumbers })}
              wrong={wrong("/inbound_trunk_config/allowed_numbers")}
              help="Numbers that may call, one a line. Empty: every caller."
            />
          </div>
          <CredentialFields
            side="Inbound"
            help="The carrier is asked for it. Stronger than addresses alone."
            user={draft.inboundUser}
            password={draft.inboundPassword}
            kept={before?.inbound_trunk ?? null}
            wrong={(name) => wrong(`/inbound_trunk_config/credentials/${name}`)}
            onUser={(inboundUser) => change({ inboundUser })}
            onPassword={(inboundPassword) => change({ inboundPassword })}
          />
          <AreaField
            label="Certificate names"
            value={draft.remoteDomains}
            onText={(remoteDomains) => change({ remoteDomains })}
            wrong={wrong("/inbound_trunk_config/remote_domains")}
            help="Domains of the carrier's servers over TLS, one a line. Empty: the outbound address."
          />
          {isOpen ? (
            <p className="notice warn">
              Without addresses and without a password, whoever knows the number can call the agent
              at your expense. Add one of the two.
            </p>
          ) : null}
        </>
      ) : null}
    </fieldset>
  );
}

function Addresses() {
  const { view } = useSession();
  const tls = `sip:${view.sip_host}:5061;transport=tls`;
  const tcp = `sip:${view.sip_host}:5060;transport=tcp`;
  return (
    <div className="stack tight">
      <strong>Have your carrier send calls to</strong>
      <dl className="facts">
        <dt>TLS (recommended)</dt>
        <dd>
          <CopyLine text={tls} label="the TLS address" />
        </dd>
        <dt>TCP</dt>
        <dd>
          <CopyLine text={tcp} label="the TCP address" />
        </dd>
        <dt>Region</dt>
        <dd>{view.region}</dd>
      </dl>
      <span className="muted">The carrier has to use the transport that the address names.</span>
    </div>
  );
}
