// A certified OpenID provider on loopback for the tests. Prints its issuer as one line of JSON.
// POST /test/clock moves its clock, POST /test/keys gives it a new signing key, and
// POST /test/lose cuts its token endpoint off after the work, before the answer.
import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'

let aheadMs = 0
let loses = 0
const now = Date.now.bind(Date)
Date.now = () => now() + aheadMs

const { default: Provider } = await import('oidc-provider')

let keys = 0
function signingKey () {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${++keys}`, use: 'sig', alg: 'RS256' }
}

function provider (issuer, jwks) {
  const made = new Provider(issuer, {
    jwks,
    clients: [{
      client_id: 'desktop',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      response_types: ['code'],
      grant_types: [
        'authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'
      ],
      redirect_uris: ['http://127.0.0.1/callback'],
      scope: 'openid email profile offline_access'
    }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({
        sub: id, email: `${id}@reader.example`, email_verified: true, name: id.toUpperCase()
      })
    }),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async (_context, _client, code) => code.scopes.has('offline_access'),
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true }
    },
    ttl: {
      AccessToken: 120, IdToken: 300, RefreshToken: 86400, AuthorizationCode: 20, DeviceCode: 60,
      Session: 3600, Interaction: 3600, Grant: 3600
    },
    cookies: { keys: ['only-for-tests'] }
  })
  return made.callback()
}

const store = []
let answer = null
let issuer = ''

async function controlled (request, response) {
  const url = new URL(request.url, issuer)
  if (url.pathname === '/test/clock') aheadMs = 1000 * Number(url.searchParams.get('ahead'))
  if (url.pathname === '/test/lose') loses = Number(url.searchParams.get('answers'))
  if (url.pathname === '/test/keys') {
    store[0] = signingKey()
    answer = provider(issuer, { keys: store })
  }
  response.end()
}

const server = createServer((request, response) => {
  if (request.url.startsWith('/test/')) return controlled(request, response)
  if (request.url === '/token' && loses > 0) {
    loses--
    const end = response.end.bind(response)
    response.end = () => { request.socket.destroy(); return end }
  }
  return answer(request, response)
})
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`
  store.push(signingKey())
  answer = provider(issuer, { keys: store })
  console.log(JSON.stringify({ issuer }))
})
