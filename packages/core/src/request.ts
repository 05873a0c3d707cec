import { readAnswer } from './answer'
import { csrfToken } from './csrf'
import { type ClientOptions, checkOptions, type RequestHeaders } from './options'
import { say, TaskError } from './taskError'

/** A request: what follows the base URL, and a JSON text, which makes it a POST. */
export interface Call {
  path: string
  body?: string
  headers?: Record<string, string>
}

/** Makes one request and resolves with the task that answers a POST, or the page that answers a GET. Always settles within `requestTimeout`. */
export async function request<T>(options: ClientOptions, call: Call, signal?: AbortSignal): Promise<T> {
  checkOptions(options)
  const { baseURL, requestTimeout } = options
  const path = baseURL.replace(/\/?$/, '/') + call.path
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  // A race, because `options.headers` and `options.fetch` may be functions that know of no signal.
  const end = new Promise<never>((_, reject) => {
    // The second controller ends the listening to the first.
    signal?.addEventListener('abort', reject, controller)
    timer = setTimeout(reject, requestTimeout, `no answer within ${requestTimeout} ms`)
  })
  try {
    return (await Promise.race([end, send(path, options, call, controller.signal)])) as T
  } catch (cause) {
    if (cause instanceof TaskError) throw cause
    throw new TaskError(
      typeof cause === 'string' ? 'timeout' : 'network',
      `${path} cannot be reached: ${say(cause)}. Check the server, options.baseURL and options.corsMode.`,
      { transient: true, cause },
    )
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}

async function send(
  path: string,
  { corsMode, csrfCookieName, csrfHeaderName, headers: more, fetch: send = fetch }: ClientOptions,
  { body, headers: own }: Call,
  signal: AbortSignal,
): Promise<unknown> {
  const { document, location } = globalThis as { document?: Document; location?: Location }
  // The platform's own parser tells the origin: a pattern would take `/\evil.example/` for this one.
  const { href, origin } = new URL(path, document?.baseURI || location?.href)
  const headers: RequestHeaders = {
    Accept: 'application/json',
    ...(body && { 'Content-Type': 'application/json' }),
    ...own,
    ...(typeof more === 'function' ? await more() : more),
  }
  const token = body && document && origin === location?.origin && csrfToken(document, csrfCookieName)
  if (token) headers[csrfHeaderName] = token
  const response = await send(href, {
    method: body ? 'POST' : 'GET',
    headers,
    body: body ?? null,
    mode: corsMode,
    cache: 'no-store',
    credentials: corsMode === 'cors' ? 'include' : 'same-origin',
    signal,
  })
  return readAnswer(response, !!body)
}
