// supabase.auth, as applications use it, against `pergola dev`.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { administration } from './auth/admin.mjs'
import { factors } from './auth/factors.mjs'
import { identities } from './auth/identities.mjs'
import { mailing } from './auth/mail.mjs'
import { methods, unproved } from './auth/methods.mjs'
import { browser } from './auth/people.mjs'
import { issuer } from './auth/provider.mjs'
import { phones } from './auth/phone.mjs'
import { sessions } from './auth/sessions.mjs'
import { dev } from './pergola.mjs'

const shop = { site: 'https://app.example.org' } // what the suites share: the --json line of pergola dev, and the issuer

describe('supabase.auth', { concurrency: 1 }, () => {
  before(async () => {
    shop.issuer = await issuer('a client')
    shop.data = await mkdtemp(join(tmpdir(), 'pergola-auth-'))
    Object.assign(shop, await dev(shop.data, {
      GOTRUE_SITE_URL: shop.site,
      GOTRUE_URI_ALLOW_LIST: `${shop.site}/**`,
      GOTRUE_MAILER_AUTOCONFIRM: 'false',
      GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED: 'true',
      GOTRUE_SECURITY_MANUAL_LINKING_ENABLED: 'true',
      GOTRUE_EXTERNAL_PHONE_ENABLED: 'true',
      GOTRUE_SMS_MAX_FREQUENCY: '1ms',
      GOTRUE_SMS_TEST_OTP: '4915100000000:246810',
      GOTRUE_SMS_TEMPLATE: 'Your code for the shop is {{ .Code }}',
      GOTRUE_EXTERNAL_KEYCLOAK_ENABLED: 'true',
      GOTRUE_EXTERNAL_KEYCLOAK_CLIENT_ID: shop.issuer.clientID,
      GOTRUE_EXTERNAL_KEYCLOAK_SECRET: 'a secret of the client',
      GOTRUE_EXTERNAL_KEYCLOAK_URL: shop.issuer.url,
    }))
    shop.anyone = browser(shop)
    shop.service = browser(shop, { key: shop.service_role_key, persistSession: false })
  })
  after(async () => {
    await shop.stop?.()
    shop.issuer?.close()
    await rm(shop.data, { recursive: true, force: true })
  })

  sessions(shop)
  mailing(shop)
  phones(shop)
  identities(shop)
  factors(shop)
  administration(shop)

  test('every method is proved', () => {
    assert.ok(methods(shop.anyone.auth).length > 40, 'are the methods found?')
    assert.deepEqual(unproved(shop.anyone.auth), [])
  })
})
