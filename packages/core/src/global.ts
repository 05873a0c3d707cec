export { tasks as default } from './defaultClient'
