// Reads the description of the API with the key that the reader gives, and shows it. The key stays in this tab.
'use strict'
{
  const description = new URL(document.currentScript.dataset.document, document.baseURI)
  const server = new URL('.', description).href.replace(/\/$/, '')
  const [form, field, note] = ['caller', 'key', 'note'].map((id) => document.getElementById(id))
  const kept = 'pergola.key'
  let shown

  const say = (text, wrong) => {
    note.textContent = text
    note.className = wrong ? 'wrong' : ''
  }

  // What Scalar would ask of other servers is off: the page's policy would refuse it anyway.
  const reference = (content, key) =>
    Scalar.createApiReference('#reference', {
      content,
      servers: [{ url: server }],
      authentication: key
        ? { preferredSecurityScheme: 'apikey', securitySchemes: { apikey: { value: key }, bearer: { token: '' } } }
        : {},
      agent: { disabled: true },
      defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
      documentDownloadType: 'json',
      hideClientButton: true,
      mcp: { disabled: true },
      persistAuth: false,
      showDeveloperTools: 'never',
      telemetry: false,
      withDefaultFonts: false,
    })

  const show = async (key) => {
    say('')
    const answer = await fetch(description, { headers: key ? { apikey: key } : {}, cache: 'no-cache' })
    const text = await answer.text()
    if (!answer.ok) {
      const { message, hint } = JSON.parse(text)
      throw new Error([message, hint].filter(Boolean).join('. '))
    }
    const content = JSON.parse(text)
    // Where requests may come without a credential, examples would leave out the one that is there.
    if (key) content.security = content.security.filter((way) => Object.keys(way).length)
    shown?.destroy()
    shown = reference(content, key)
    key ? sessionStorage.setItem(kept, key) : sessionStorage.removeItem(kept)
    document.title = content.info.title
    const count = Object.keys(content.paths).length
    say(count ? '' : 'There is nothing that this caller may use.', !count)
  }
  const attempt = (key) => show(key).catch((error) => say(error.message, true))

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    attempt(field.value.trim())
  })
  field.value = sessionStorage.getItem(kept) ?? ''
  attempt(field.value)
}
