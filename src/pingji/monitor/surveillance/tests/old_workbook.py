"""A workbook of the old kind (BIFF) with two case lines, squeezed into text.

Headings 卡片编号, 疾病名称, 现住地址国标 (a number), 发病日期 (a date), 年龄; cases X1 and X2.
"""

import base64
import zlib

CASES = zlib.decompress(
    base64.b64decode("""
eNrtWF1IVEEU/ubuXXeVVddNJQ1MhKxMYd0KetG12NqH8Kc20iRKzaXCWGNzC3vRUp9CCHoqghDsoRczgn7oh3oQeo
jsBwqCQJOeeiko6kG9nXP2rqkZuFCGcb/LnDnnzMx3586ZmTv3Ph/NGhu4kT+OeaiEDdNGKlJm+RSl1IThBpUbBquJ
3EnJsLCskOqkQKbYcS/9qYNjyPEeh4Zh/TFJ4D2l/TiOmvZIuHAJsU360Ky4DxUkFS6TJwN50iuPyEMiV4i8LjXvi6
wST7/ICqo7phox6q8p2WLO4gatSMoywLy3pc1b8ZQjB094FnedV/G6dmyNHm0+tswKCnQXBkEBDYYj4SjbmbiKNGAf
oay6uiwQGEM2BXsQX41C4EtiVT8qtPxL61cg//e5fsdv/E4K4nz/BU0HumE0ySLpgwtBnUs0NRI7VzuJJg67bNs6VH
MoGM3t+hYi9WFsJJa+51NnCtTwidpab31V/dRexxEqeREaiX0Irz5MfB0Heq/QumgoJ/fOlpv9E1TEto/4Nnu9vk2+
cq9P+GUbcc/ZRtJleblItiJT9CxZZG56jslrn19Wt9T5D4qnW14d8RfMGn4eGDjDLahxhpTYRNoplUiLDSLPCusq0f
NFZlMdyovrckxlR4/U6ZXSYrrPRsEr/9pZ+jrS+z7uulPQN+FfT/pQcPx09tAb/wCKaORaqT1fPShVperSRcZdfyJX
5mb0TmTeLxuTU3ObfTfMt2gmpiQmoPFgxC0eHTVjaeZYxS0bWbYZSydLN5nVAsxKmO1mfSXMHI8HWEk6M79uDJzy4O
Qz1j3CyFzaAlyacDlMLm2GK25xe6cw8xjYSEaFM184KzUPbjEBbcg/kQYLFixYsGDBggUL/xBKDpvxA7ZuHrH5gOcw
/+tMUZq2fpP8t9iNdro66KNyOyKUR9GZ1PzJhV0luNQi2yT+FzLq6e5RtKFF+tGW9PylDw81+3kW3dD955ZQsvefTq
aff/n+PwCxK/B0
""")
)
