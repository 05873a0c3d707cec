import { checkTypes } from '../../adapter-kit/src/checkTypes'

checkTypes(new URL('types', import.meta.url))
