// Before all else: the client makes its first promise as it is loaded.
import 'promise-polyfill/src/polyfill'
import 'whatwg-fetch'
import { tasks } from '../defaultClient'
import { defaults } from '../options'

// A fetch that gives answers only when they are whole, as the polyfill does, is not worth trying to stream with.
if (typeof TextDecoder === 'undefined' || !('body' in Response.prototype))
  defaults.transport = tasks.options.transport = 'poll'

export { tasks as default }
