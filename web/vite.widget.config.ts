import { defineConfig } from "vite";

// One classic script under a name that stays: `<script src="…/widget.js">` in a team's own page.
export default defineConfig({
  publicDir: false,
  build: {
    target: "es2020",
    emptyOutDir: false,
    lib: {
      entry: "src/widget/main.ts",
      formats: ["iife"],
      name: "TandemWidget",
      fileName: () => "widget.js",
    },
  },
});
