// Before all else: the client makes its first promise as it is loaded.
import 'promise-polyfill/src/polyfill'
import 'whatwg-fetch'

export { tasks as default } from '../defaultClient'
