// ts-mls as a peer: one client and the one group it is in. A request is a line of JSON on standard input,
// `{"do": "add", "message": "00.."}`; so is the answer, with bytes in hexadecimal digits, or `{"error": ".."}`.

import * as mls from "ts-mls"
import { createInterface } from "node:readline"

const hex = (bytes) => Buffer.from(bytes).toString("hex")
const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"))
const text = (text) => new TextEncoder().encode(text)

let context, credential, extensions, mine, state, framing

// What stands in leaves and carries opaque extensions of drafts: `app_data_dictionary` and its neighbours.
const capabilities = () => ({ ...mls.defaultCapabilities(), extensions: [6, 7, 8] })

const encode = (message) =>
  hex(mls.encode(mls.mlsMessageEncoder, { version: mls.protocolVersions.mls10, ...message }))

function decode(text, wireformat) {
  const message = mls.decode(mls.mlsMessageDecoder, unhex(text))
  if (message === undefined) throw new Error("the message does not decode")
  if (wireformat !== undefined && message.wireformat !== wireformat) throw new Error("another message")
  return message
}

async function commit(extraProposals) {
  const result = await mls.createCommit({
    context,
    state,
    extraProposals,
    ratchetTreeExtension: true,
    wireAsPublicMessage: framing === "public",
  })
  state = result.newState
  return { message: encode(result.commit), welcome: result.welcome && encode(result.welcome) }
}

const proposalTypes = mls.defaultProposalTypes

const actions = {
  async new({ name, suite, psk }) {
    const cipherSuite = await mls.getCiphersuiteImpl(suite)
    const externalPsks = psk && { [mls.bytesToBase64(unhex(psk.id))]: unhex(psk.secret) }
    context = { cipherSuite, authService: mls.unsafeTestingAuthenticationService, externalPsks }
    credential = { credentialType: mls.defaultCredentialTypes.basic, identity: text(name) }
    framing = "public"
    mine = await mls.generateKeyPackage({ credential, capabilities: capabilities(), cipherSuite })
  },

  async framing({ framing: next }) {
    framing = next
  },

  async key_package() {
    return {
      message: encode({ wireformat: mls.wireformats.mls_key_package, keyPackage: mine.publicPackage }),
    }
  },

  async found({ extension }) {
    extensions = extension && [
      mls.makeCustomExtension({ extensionType: extension.type, extensionData: unhex(extension.data) }),
    ]
    state = await mls.createGroup({
      context,
      groupId: text("room"),
      keyPackage: mine.publicPackage,
      privateKeyPackage: mine.privatePackage,
      extensions,
    })
  },

  async join({ message }) {
    state = await mls.joinGroup({
      context,
      welcome: decode(message, mls.wireformats.mls_welcome).welcome,
      keyPackage: mine.publicPackage,
      privateKeys: mine.privatePackage,
    })
  },

  async join_external({ message }) {
    const { publicMessage, newState } = await mls.joinGroupExternal({
      context,
      groupInfo: decode(message, mls.wireformats.mls_group_info).groupInfo,
      keyPackage: mine.publicPackage,
      privateKeys: mine.privatePackage,
      resync: false,
    })
    state = newState
    return { message: encode({ wireformat: mls.wireformats.mls_public_message, publicMessage }) }
  },

  async group_info() {
    const groupInfo = await mls.createGroupInfoWithExternalPubAndRatchetTree(state, [], context.cipherSuite)
    return { message: encode({ wireformat: mls.wireformats.mls_group_info, groupInfo }) }
  },

  async add({ message }) {
    const { keyPackage } = decode(message, mls.wireformats.mls_key_package)
    return commit([{ proposalType: proposalTypes.add, add: { keyPackage } }])
  },

  async remove({ leaf }) {
    return commit([{ proposalType: proposalTypes.remove, remove: { removed: leaf } }])
  },

  async commit() {
    return commit([])
  },

  async commit_psk({ id }) {
    const psktype = mls.pskTypes.external
    const nonce = context.cipherSuite.rng.randomBytes(32)
    const preSharedKeyId = { psktype, pskId: unhex(id), pskNonce: nonce }
    return commit([{ proposalType: proposalTypes.psk, psk: { preSharedKeyId } }])
  },

  async receive({ message }) {
    const result = await mls.processMessage({ context, state, message: decode(message) })
    if (result.kind !== "newState") throw new Error("no handshake message")
    state = result.newState
  },

  async send({ body }) {
    const result = await mls.createApplicationMessage({ context, state, message: unhex(body) })
    state = result.newState
    return { message: encode(result.message) }
  },

  async open({ message }) {
    const result = await mls.processMessage({ context, state, message: decode(message) })
    if (result.kind !== "applicationMessage") throw new Error("no application message")
    state = result.newState
    return { body: hex(result.message) }
  },

  async secrets({ label, context: about, length }) {
    const { exporterSecret, epochAuthenticator } = state.keySchedule
    const exported = await mls.mlsExporter(exporterSecret, label, unhex(about), length, context.cipherSuite)
    return { authenticator: hex(epochAuthenticator), exported: hex(exported) }
  },

  // The GroupContext's extension of that type, and the types in each leaf.
  async carried({ type }) {
    const data = state.groupContext.extensions.find((one) => one.extensionType === type)?.extensionData
    const leaves = mls.getGroupMembers(state).map((leaf) => leaf.extensions.map((one) => one.extensionType))
    return { data: data && hex(data), leaves }
  },

  // Whether the message decodes at all, and as what.
  async read({ message }) {
    return { wireformat: decode(message).wireformat }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  let answer
  try {
    answer = (await actions[request.do](request)) ?? {}
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` }
  }
  console.log(JSON.stringify(answer))
}
