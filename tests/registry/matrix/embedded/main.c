#include <stdint.h>
#include <stdio.h>

int32_t plugins_with_table(void);
int32_t plugins_discovered(void);

int main(void) {
    printf("%d %d\n", plugins_with_table(), plugins_discovered());
    return 0;
}
