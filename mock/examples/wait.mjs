// Node 18 or later, nothing to install: node wait.mjs [http://127.0.0.1:8765]
const mock = process.argv[2] ?? "http://127.0.0.1:8765";
const { vendors } = await (await fetch(mock, { headers: { Accept: "application/json" } })).json();
const { base_url } = vendors.find((vendor) => vendor.provider === "akool");
const submitted = await fetch(`${base_url}/api/open/v4/content/image/createBySourcePrompt`, {
  method: "POST", headers: { "x-api-key": "any", "Content-Type": "application/json" },
  body: JSON.stringify({ prompt: "a lighthouse" }) });
const id = (await submitted.json()).data._id;
const waited = await fetch(`${mock}/_mock/wait?for=task:succeeded&task=${id}&timeout=30`);
console.log(waited.status, (await waited.json())[0].result);
