import { say, TaskError } from './taskError'

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
   * How watched tasks are followed: `sse` by one stream, which may have a hundred of them; `poll` by requests at
   * intervals; `auto` by a stream, and by polls where there is none: where the server is WSGI, a proxy keeps the
   * bytes back or ends streams soon, fetch cannot stream, or the tab is hidden. It tries a stream again later.
   * @defaultValue 'auto'
   */
  transport: 'auto' | 'sse' | 'poll'
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
   * Milliseconds that requests may fail, one after the other, before what they are for rejects. For a watched
   * task one more is made at their end, however long the server has asked to wait; a start, a list or a cancel
   * makes five at most.
   * @defaultValue 60000
   */
  giveUpAfter: number
  /**
   * Stands in for the global fetch. It must heed `signal`: an answer that is a stream ends by it.
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

/** What a value must match, as a string or a number, and that in words. */
type Rule = [pattern: RegExp, allowed: string]

/** For each option that is chosen, and for all others of a type. */
const choices: Partial<Record<string, Rule>> = {
  corsMode: [/^(same-origin|cors)$/, '"same-origin" or "cors"'],
  transport: [/^(auto|sse|poll)$/, '"auto", "sse" or "poll"'],
}
const types: Partial<Record<string, Rule>> = {
  string: [/./, 'a non-empty string'],
  // Ten digits could be 2^31 ms or more, which timers take for none at all.
  number: [/^[1-9]\d{1,8}$/, 'whole milliseconds from 10 to 999999999'],
}

/** Throws what is wrong with the options as they are now, deleted ones included. */
export function checkOptions(options: ClientOptions): void {
  for (const key in { ...defaults, ...options }) {
    const name = key as keyof ClientOptions
    const value: unknown = options[name]
    const rule = choices[name] || types[typeof defaults[name]]
    const isText = /string|number/.test(typeof value)
    if (rule ? isText && rule[0].test(`${value}`) : name in defaults) continue
    const wrong = rule ? `is ${quote(value)}, must be ${rule[1]}` : 'is not an option'
    throw new TaskError('invalid_options', `options.${name} ${wrong}.`)
  }
}

function quote(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : say(value)
}
