import { readAnswer } from './answer'
import { csrfToken } from './csrf'
import { type ClientOptions, checkOptions, type RequestHeaders } from './options'
import { abortError, say, TaskError } from './taskError'

/** A request: what follows the base URL, and a JSON text, which makes it a POST. */
export interface Call {
  path: string
  body?: string
  headers?: Record<string, string>
  /**
   * Milliseconds that the answer may take.
   * @defaultValue `options.requestTimeout`
   */
  limit?: number
  /** Reads what is not read at once: it tells for each part within how many milliseconds it expects the next. */
  read?: (response: Response, expectWithin: (limit: number) => void) => Promise<unknown>
}

/**
 * Makes one request and resolves with the task that answers a POST, the page that answers a GET, or what `read`
 * makes of the answer. Always settles within the limit.
 */
export async function request<T>(options: ClientOptions, call: Call, signal?: AbortSignal): Promise<T> {
  if (signal?.aborted) throw abortError(signal)
  checkOptions(options)
  const { baseURL, requestTimeout } = options
  const { body, limit = requestTimeout, read = response => readAnswer(response, !!body) } = call
  const path = baseURL.replace(/\/?$/, '/') + call.path
  const controller = new AbortController()
  // The second controller also ends the listening.
  signal?.addEventListener('abort', () => controller.abort(), controller)
  let timer: ReturnType<typeof setTimeout> | undefined
  let expectWithin: (limit: number) => void
  // A race, because `options.headers` and `options.fetch` may be functions that know of no signal.
  const end = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', reject)
    expectWithin = wait => {
      clearTimeout(timer)
      if (!controller.signal.aborted) timer = setTimeout(reject, wait, `no answer within ${wait} ms`)
    }
    expectWithin(limit)
  })
  // What is no URL stays none, however often it is tried.
  let transient = false
  const answer = async () => {
    const { document, location } = globalThis as { document?: Document; location?: Location }
    const url = new URL(path, document?.baseURI || location?.href)
    transient = true
    return read(await send(url, options, call, controller.signal), expectWithin)
  }
  try {
    return (await Promise.race([end, answer()])) as T
  } catch (cause) {
    if (cause instanceof TaskError) throw cause
    throw new TaskError(
      typeof cause === 'string' ? 'timeout' : 'network',
      `${path} cannot be reached: ${say(cause)}. Check the server, options.baseURL and options.corsMode.`,
      { transient, cause },
    )
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}

async function send(
  // The platform's own parser tells the origin: a pattern would take `/\evil.example/` for this one.
  { href, origin }: URL,
  { corsMode, csrfCookieName, csrfHeaderName, headers: more, fetch: send = fetch }: ClientOptions,
  { body, headers: own }: Call,
  signal: AbortSignal,
): Promise<Response> {
  const { document, location } = globalThis as { document?: Document; location?: Location }
  const headers: RequestHeaders = {
    // A stream's refusal is JSON too.
    Accept: 'application/json, text/event-stream',
    ...(body && { 'Content-Type': 'application/json' }),
    ...own,
    ...(typeof more === 'function' ? await more() : more),
  }
  const token = body && document && origin === location?.origin && csrfToken(document, csrfCookieName)
  if (token) headers[csrfHeaderName] = token
  return send(href, {
    method: body ? 'POST' : 'GET',
    headers,
    body: body as string,
    mode: corsMode,
    cache: 'no-store',
    credentials: corsMode === 'cors' ? 'include' : 'same-origin',
    signal,
  })
}
