import { TaskError } from './taskError'

/** Headers to send with every request. */
export type RequestHeaders = Record<string, string>

/**
 * How a client talks to the server. Every value may be changed at any time (`TaskAPI.options.baseURL = …`): it is
 * read anew at each request. A bad value rejects with the code `invalid_options`.
 */
export interface ClientOptions {
  /**
   * Where `task_api.urls` serves its tasks. Outside of a browser it must be a full URL.
   * @defaultValue '/tasks/'
   */
  baseURL: string
  /**
   * The name of Django's CSRF cookie, as in its setting `CSRF_COOKIE_NAME`.
   * @defaultValue 'csrftoken'
   */
  csrfCookieName: string
  /**
   * The header that carries the CSRF token to the page's own origin, and to no other.
   * @defaultValue 'X-CSRFToken'
   */
  csrfHeaderName: string
  /**
   * `cors` allows a `baseURL` on another origin, and sends its cookies along.
   * @defaultValue 'same-origin'
   */
  corsMode: 'same-origin' | 'cors'
  /**
   * More headers, or a function (it may be async) that gives them for each request. A 401 calls it once again.
   * @defaultValue undefined
   */
  headers: RequestHeaders | (() => RequestHeaders | Promise<RequestHeaders>) | undefined
  /**
   * How watched tasks are followed. `auto` takes the best there is, which is `poll` in this version.
   * @defaultValue 'auto'
   */
  transport: 'auto' | 'poll'
  /**
   * Milliseconds between two polls. A hidden tab waits at least 30 seconds.
   * @defaultValue 1000
   */
  pollInterval: number
  /**
   * Milliseconds that one request may take before it counts as failed.
   * @defaultValue 30000
   */
  requestTimeout: number
  /**
   * Milliseconds without any answer after which a watched task rejects. At least five requests are tried first.
   * @defaultValue 60000
   */
  giveUpAfter: number
  /**
   * Stands in for the global fetch.
   * @defaultValue undefined
   */
  fetch: typeof fetch | undefined
}

export const defaults: ClientOptions = {
  baseURL: '/tasks/',
  csrfCookieName: 'csrftoken',
  csrfHeaderName: 'X-CSRFToken',
  corsMode: 'same-origin',
  headers: undefined,
  transport: 'auto',
  pollInterval: 1000,
  requestTimeout: 30000,
  giveUpAfter: 60000,
  fetch: undefined,
}

// Ten digits could be 2^31 ms or more, which timers take for none at all.
const milliseconds = /^\d{2,9}$/

const patterns: Partial<Record<string, RegExp>> = {
  baseURL: /./,
  csrfCookieName: /./,
  csrfHeaderName: /./,
  corsMode: /^(same-origin|cors)$/,
  transport: /^(auto|poll)$/,
  pollInterval: milliseconds,
  requestTimeout: milliseconds,
  giveUpAfter: milliseconds,
}

/** Throws what is wrong with the options as they are now. */
export function checkOptions(options: ClientOptions): void {
  for (const name in options) {
    const value = options[name as keyof ClientOptions]
    const pattern = patterns[name]
    if (pattern ? !pattern.test((value as string) ?? '') : !(name in defaults)) {
      const allowed = pattern ? `must match ${pattern}` : 'is not an option'
      throw new TaskError('invalid_options', `options.${name} ${allowed}; it is ${JSON.stringify(value)}.`)
    }
  }
}
