import { readAnswer } from './answer'
import { csrfToken } from './csrf'
import { type ClientOptions, checkOptions, type RequestHeaders } from './options'
import { TaskError } from './taskError'

/** A request: what follows the base URL, and a JSON text, which makes it a POST. */
export interface Call {
  path: string
  body?: string
  headers?: Record<string, string>
}

/** Makes one request and resolves with the JSON of a 2xx answer. Always settles within `requestTimeout`. */
export async function request(options: ClientOptions, call: Call, signal?: AbortSignal): Promise<unknown> {
  checkOptions(options)
  const path = options.baseURL.replace(/\/?$/, '/') + call.path
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  // A race, because `options.headers` and `options.fetch` may be functions that know of no signal.
  const end = new Promise((_, reject) => {
    // The second controller ends the listening to the first.
    signal?.addEventListener('abort', reject, controller)
    timer = setTimeout(reject, options.requestTimeout, `no answer within ${options.requestTimeout} ms`)
  })
  try {
    return await Promise.race([end, exchange(options, call, path, controller.signal)])
  } catch (cause) {
    if (cause instanceof TaskError) throw cause
    const message = `${path} cannot be reached: ${cause}. Check the server, options.baseURL and options.corsMode.`
    const code = typeof cause === 'string' ? 'timeout' : 'network'
    throw new TaskError(code, message, { transient: true, cause })
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}

async function exchange(
  options: ClientOptions,
  call: Call,
  path: string,
  signal: AbortSignal,
): Promise<unknown> {
  const { document, location } = globalThis as { document?: Document; location?: Location }
  // The platform's own parser tells the origin: a pattern would take `/\evil.example/` for this one.
  const { href, origin } = new URL(path, document?.baseURI || location?.href)
  const { body } = call
  const { corsMode, headers: more } = options
  const headers: RequestHeaders = {
    Accept: 'application/json',
    ...call.headers,
    ...(typeof more === 'function' ? await more() : more),
  }
  if (body) {
    headers['Content-Type'] = 'application/json'
    const token = document && origin === location?.origin && csrfToken(document, options.csrfCookieName)
    if (token) headers[options.csrfHeaderName] = token
  }
  const init: RequestInit = {
    method: body ? 'POST' : 'GET',
    headers,
    body: body ?? null,
    mode: corsMode,
    cache: 'no-store',
    credentials: corsMode === 'cors' ? 'include' : 'same-origin',
    signal,
  }
  return readAnswer(await (options.fetch || fetch)(href, init), !!body)
}
