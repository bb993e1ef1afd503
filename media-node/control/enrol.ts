import { enrolResponseSchema, type NodeIdentity } from "../../schema/contracts/node-link.ts";
import { generateNodeKeyPair } from "../../schema/sealing/sealing.ts";
import { createControlPlaneClient, readAnswer, refusedAnswer } from "./http-client.ts";

export interface EnrolmentRequest {
  readonly controlPlaneUrl: string;
  /** One use only: a secret. */
  readonly joinToken: string;
  /** 1 to 64 characters. */
  readonly name: string;
  /** The address that peers see. */
  readonly publicAddress: string;
  /** PEM, when the control plane's certificate is not signed by one of the system's authorities. */
  readonly ca?: string;
}

/**
 * Makes the node's key pair and exchanges the join token for an identity: a secret as a whole, to be
 * kept in a file of its owner only.
 * @throws ControlPlaneFault
 */
export async function enrolNode(request: EnrolmentRequest): Promise<NodeIdentity> {
  const pair = await generateNodeKeyPair();
  const client = createControlPlaneClient({
    baseUrl: request.controlPlaneUrl,
    credential: null,
    ca: request.ca ?? null,
  });
  try {
    const response = await client.send({
      method: "POST",
      path: "/v1/nodes/enrol",
      body: {
        joinToken: request.joinToken,
        name: request.name,
        publicAddress: request.publicAddress,
        publicKey: pair.publicKey,
      },
    });
    if (response.status !== 200 && response.status !== 201) {
      throw refusedAnswer("enrolment", response);
    }
    const enrolled = readAnswer(response, enrolResponseSchema);
    return { ...enrolled, privateKey: pair.privateKey };
  } finally {
    client.close();
  }
}
