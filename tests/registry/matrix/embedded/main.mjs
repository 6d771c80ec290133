import { readFileSync } from "node:fs";

const module = await WebAssembly.instantiate(readFileSync(process.argv[2]));
const { plugins_with_table, plugins_discovered } = module.instance.exports;
console.log(`${plugins_with_table()} ${plugins_discovered()}`);
