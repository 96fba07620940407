// The test suite that Feathers ships for its database adapters, through the unmodified REST client.
// Prints a line per test: "ok NAME" or "failed NAME: REASON".
import { createRequire } from 'node:module'
import * as runner from 'node:test'

const [modules, base, service, id] = process.argv.slice(2)
const require = createRequire(`${modules}/`)
const { feathers } = require('@feathersjs/feathers')
const errors = require('@feathersjs/errors')
const rest = require('@feathersjs/rest-client').default ?? require('@feathersjs/rest-client')
const { adapterTests } = require('@feathersjs/adapter-tests')

const { describe, before, after, beforeEach, afterEach } = runner
const it = (name, run) => runner.it(name, async () => {
  try {
    await run()
    console.log(`ok ${name}`)
  } catch (error) {
    console.log(`failed ${name}: ${String(error.message).split('\n')[0]}`)
  }
})
it.skip = () => {}
Object.assign(globalThis, { describe, it, before, after, beforeEach, afterEach })

const app = feathers()
app.configure(rest(base).fetch(fetch))
// The daemon answers a page always, of its own default length. The suite sets a length, or asks for plain lists, as an
// adapter on the server takes it: here the client says the length, and unpacks the page.
const paging = ({ params, service }) =>
  params.paginate === false ? {} : (params.paginate ?? service.options.paginate ?? {})
app.service(service).hooks({
  before: {
    find: async (context) => {
      const { default: usual, max = Infinity } = paging(context)
      if (usual === undefined) return
      const { query = {} } = context.params
      context.params.query = { ...query, $limit: Math.min(query.$limit ?? usual, max) }
    }
  },
  after: {
    find: async (context) => {
      if (paging(context).default === undefined) context.result = context.result.data
    }
  }
})
adapterTests({ includes: () => true, forEach: () => {} })(app, errors, service, id)
