/**
 * `README.md` of every ledger: how to read it with git and ssh-keygen alone.
 *
 * It is part of the journal's tree, so a change here reaches an existing ledger with its next change of policy.
 */
export const LEDGER_README = `# A version ledger

This repository is a ledger of git-lineage: which version of each module ran when, why it was allowed, who approved it,
and what it would go back to. Nothing but git and ssh-keygen is needed to read it.

| what | where | look at it with |
|---|---|---|
| the journal, one signed commit a transaction | this branch, \`ledger\` | \`git log\` |
| the lineage of a module | branch of its name | \`git log MODULE\` |
| a version's files | tag \`MODULE/vN\` | \`git show MODULE/vN:index.js\` |
| a version's checksum | note \`checksum\` | \`git notes --ref=checksum show MODULE/vN\` |
| a version's tags (stable, reverted, …) | note \`tags\` | \`git notes --ref=tags show MODULE/vN\` |
| a compatibility report, an approval | signed tag \`compat/MODULE/FROM-TO/SEQ\` | \`git show compat/MODULE/FROM-TO/SEQ\` |
| who may sign what | \`policy.json\`, \`allowed_signers\` beside this file | |

## In a clone

A plain \`git clone\` brings no notes, and names the modules' branches \`origin/MODULE\`. Fetch the notes and show them:

\`\`\`sh
git fetch origin 'refs/notes/*:refs/notes/*' 'refs/tags/*:refs/tags/*'
git config notes.displayRef 'refs/notes/*'
\`\`\`

Then:

\`\`\`sh
git branch -r                                # every module
git log --format='%h %s%n%N' origin/MODULE   # its lineage, with checksums and tags
git tag -l 'MODULE/*'                        # every version ever staged or recorded
git tag -l -n1 'compat/MODULE/*'             # its reports, the level first
git diff MODULE/v1 MODULE/v2                 # what changed between two versions
\`\`\`

## Check the signatures

\`\`\`sh
git config gpg.ssh.allowedSignersFile "$PWD/allowed_signers"
git verify-commit HEAD                       # the last entry of the journal
git log --format='%h %G? %GS %s'             # every entry: G is a good signature, then whose
git tag -l 'compat/*' | xargs -r git verify-tag
git fsck --strict
\`\`\`

A version's checksum can be recomputed: of one file it is the file's SHA-256; of several, the SHA-256 of the sorted
lines \`<mode> <sha256 of the file>  <path>\`. Git proves that nothing changed since a commit was made; whether each
activation was *allowed* when it was made is what the journal's lines and \`policy.json\` of the entry before it say.
`;
