import { checkTypes } from '../../stores/test/checkTypes'

checkTypes(new URL('types', import.meta.url))
