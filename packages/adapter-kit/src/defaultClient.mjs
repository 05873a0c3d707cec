/* global defaultClient -- a parameter of the script's wrapper */
export default defaultClient
