// An issuer of OpenID Connect, with keys of its own, at which whoever comes is signed in at once.
import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

const base64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** Starts an issuer on loopback. `person` is who signs in next. */
export async function issuer(clientID) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const codes = new Map()
  const self = { clientID, person: null }

  /** Signs an ID token for a person. */
  self.idToken = (person, claims = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const body = `${base64({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${base64({
      iss: self.url, aud: clientID, iat: now, exp: now + 600, sub: person.sub, email: person.email,
      email_verified: person.verified ?? true, name: person.name, ...claims,
    })}`
    return `${body}.${createSign('RSA-SHA256').update(body).sign(privateKey, 'base64url')}`
  }

  const answers = {
    '/.well-known/openid-configuration': () => ({
      issuer: self.url, authorization_endpoint: `${self.url}/authorize`, token_endpoint: `${self.url}/token`,
      userinfo_endpoint: `${self.url}/userinfo`, jwks_uri: `${self.url}/keys`, response_types_supported: ['code'],
      subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/keys': () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] }),
    '/token': (_, form) => {
      const { person, nonce } = codes.get(form.get('code')) ?? {}
      codes.delete(form.get('code'))
      if (!person) return null
      return { access_token: `access of ${person.sub}`, refresh_token: `refresh of ${person.sub}`, token_type: 'Bearer', expires_in: 600, id_token: self.idToken(person, nonce ? { nonce } : {}) }
    },
    '/userinfo': (request) => {
      const { sub, email, name, verified = true } = self.person
      return request.headers.authorization === `Bearer access of ${sub}` ? { sub, email, name, email_verified: verified } : null
    },
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, self.url)
    let body = ''
    for await (const chunk of request) body += chunk
    if (url.pathname === '/authorize') {
      const code = randomUUID()
      codes.set(code, { person: self.person, nonce: url.searchParams.get('nonce') })
      const back = new URL(url.searchParams.get('redirect_uri'))
      back.searchParams.set('code', code)
      back.searchParams.set('state', url.searchParams.get('state'))
      response.writeHead(302, { location: back.href }).end()
      return
    }
    const answer = answers[url.pathname]?.(request, new URLSearchParams(body))
    response.writeHead(answer ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? { error: 'invalid_grant' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  self.url = `http://127.0.0.1:${server.address().port}`
  self.close = () => server.close()
  return self
}

/** The nonce of an ID token, for a nonce that the client keeps. */
export const hashed = (nonce) => createHash('sha256').update(nonce).digest('hex')
