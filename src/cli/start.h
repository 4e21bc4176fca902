// From main to run(): what must be settled before anything else happens in the process.
#pragma once

namespace salvor::cli {

// No core dumps, because they would hold secrets; Ctrl-C as a stop token; a reader that goes away is an error and not
// our death. Then run(). The result is the exit status.
int start(int argc, char** argv, char** envp);

}  // namespace salvor::cli
